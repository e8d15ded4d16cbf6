package org.tiltlens.study;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.tiltlens.synthesis.GuidedSampler;
import org.tiltlens.synthesis.Trajectory;
import org.tiltlens.tilting.Estimate;
import org.tiltlens.tilting.JointBetaSearch;
import org.tiltlens.tilting.JointPilot;
import org.tiltlens.torch.Lanes;

/**
 * Draws the images of a composition with plug-in guidance, one at a time so that no batch decides
 * their bits, at betas that pilots correct.
 */
final class TiltedComposition implements CompositionDrawing {
  /** Share of a level by which a pilot may miss it and count as there. */
  private static final double TOLERANCE = 0.05;

  private final CompositionSpec spec;
  private final ComposedModels models;
  private final Walk walk;
  private final JointBetaSearch search;
  private final Lanes lanes;

  TiltedComposition(
      CompositionSpec spec, ComposedModels models, Walk walk, JointBetaSearch search, Lanes lanes) {
    this.spec = spec;
    this.models = models;
    this.walk = walk;
    this.search = search;
    this.lanes = lanes;
  }

  @Override
  public long steps() {
    return (long) models.prior().schedule().steps() * (rounds() * pilotImages() + spec.count());
  }

  private int rounds() {
    boolean aimed = spec.units().stream().anyMatch(ComposedUnit::isAimed);
    return spec.pilots() != null && aimed ? spec.pilots().rounds() : 0;
  }

  private int pilotImages() {
    return rounds() == 0 ? 0 : spec.pilots().images();
  }

  @Override
  public String approximation() {
    return "plug-in guidance: the scores of the clean estimate stand for the expected scores";
  }

  @Override
  public Drawn draw(RunFolder run, Progress.Task task) throws IOException {
    List<JointPilot> pilots = new ArrayList<>();
    double[] betas = search.next(pilots);
    while (pilots.size() < rounds() && (pilots.isEmpty() || best(pilots).miss() > TOLERANCE)) {
      betas = search.next(pilots);
      String name = round(pilots.size());
      pilots.add(JointAim.pilot(betas, scores(run, name, betas, pilotImages(), task)));
    }
    int left = rounds() - pilots.size();
    task.advance((long) models.prior().schedule().steps() * pilotImages() * left);
    String name = "drawn";
    if (!pilots.isEmpty()) {
      // An untried beta between noisy means is no better guess than the nearest pilot.
      betas = best(pilots).betas();
      name = round(best(pilots).round());
    }
    double[][] scores = scores(run, name, betas, spec.count(), task);
    String from = name;
    return new Drawn(
        betas,
        pilots,
        means(scores),
        IntStream.range(0, spec.count()).mapToObj(image -> file(run, from, image)).toList(),
        null);
  }

  private List<Estimated> means(double[][] scores) {
    return IntStream.range(0, spec.units().size())
        .mapToObj(k -> Arrays.stream(scores).mapToDouble(each -> each[k]).toArray())
        .map(each -> Estimated.of(Estimate.ofMean(each), "mean of " + each.length + " images"))
        .toList();
  }

  private static String round(int round) {
    return "pilot-" + round;
  }

  private record Best(int round, double miss, double[] betas) {}

  private Best best(List<JointPilot> pilots) {
    int round =
        IntStream.range(0, pilots.size())
            .boxed()
            .min(Comparator.comparingDouble(i -> search.miss(pilots.get(i))))
            .orElseThrow();
    JointPilot pilot = pilots.get(round);
    double[] betas = pilot.betas().stream().mapToDouble(Double::doubleValue).toArray();
    return new Best(round, search.miss(pilot), betas);
  }

  /** The capped scores of the run's first images at some betas, one row each; kept by name. */
  private double[][] scores(
      RunFolder run, String name, double[] betas, int images, Progress.Task task) {
    GuidedSampler sampler = models.sampler(betas);
    return lanes
        .map(images, image -> score(sampler, file(run, name, image), image, task))
        .toArray(double[][]::new);
  }

  private static Path file(RunFolder run, String name, int image) {
    return run.state(name + "-" + image + ".safetensors");
  }

  private double[] score(GuidedSampler sampler, Path file, int image, Progress.Task task) {
    Course.Guided course = new Course.Guided(sampler, spec.seed(), List.of(image), models.device());
    try (Trajectory drawn = walk.finish(course, file, task)) {
      course.write(file, drawn);
      return models.cappedScores(drawn.x());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
