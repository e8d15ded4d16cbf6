package org.tiltlens.compose;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.tiltlens.run.Counted;
import org.tiltlens.run.Progress;
import org.tiltlens.sampling.Sampling;
import org.tiltlens.synthesis.Estimated;
import org.tiltlens.tilting.Estimate;
import org.tiltlens.tilting.JointBetaSearch;
import org.tiltlens.tilting.JointPilot;
import org.tiltlens.torch.Images;

/** Draws the images of a composition with plug-in guidance, at betas that pilots correct. */
final class TiltedComposition implements CompositionDrawing {
  /** Share of a level by which a pilot may miss it and count as there. */
  private static final double TOLERANCE = 0.05;

  private static final String DRAWN = "drawn";

  private final CompositionSpec spec;
  private final ComposedModels models;
  private final Sampling sampling;
  private final JointBetaSearch search;

  TiltedComposition(
      CompositionSpec spec, ComposedModels models, Sampling sampling, JointBetaSearch search) {
    this.spec = spec;
    this.models = models;
    this.sampling = sampling;
    this.search = search;
  }

  @Override
  public long steps() {
    return (long) models.prior().schedule().steps() * (rounds() * pilotImages() + spec.count());
  }

  @Override
  public Counted counted() {
    return new Counted("images", models.prior().schedule().steps());
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
  public Drawn draw(Progress.Task task) {
    List<JointPilot> pilots = new ArrayList<>();
    while (pilots.size() < rounds() && (pilots.isEmpty() || best(pilots).miss() > TOLERANCE)) {
      double[] betas = search.next(pilots);
      String name = Sampling.pilot(pilots.size());
      pilots.add(
          JointAim.pilot(betas, scores(sampling.forPilots(), name, betas, pilotImages(), task)));
    }
    int left = rounds() - pilots.size();
    task.skip((long) models.prior().schedule().steps() * pilotImages() * left);
    if (pilots.isEmpty()) {
      return drawn(pilots, search.first().betas(), task);
    }
    // An untried beta between noisy means is no better guess than the nearest pilot.
    return drawn(pilots, best(pilots).betas(), task);
  }

  private Drawn drawn(List<JointPilot> pilots, double[] betas, Progress.Task task) {
    double[][] scores = scores(sampling, DRAWN, betas, spec.count(), task);
    return new Drawn(
        betas,
        pilots,
        means(scores),
        IntStream.range(0, spec.count()).mapToObj(image -> sampling.file(DRAWN, image)).toList(),
        null,
        null);
  }

  private List<Estimated> means(double[][] scores) {
    return IntStream.range(0, spec.units().size())
        .mapToObj(k -> Arrays.stream(scores).mapToDouble(each -> each[k]).toArray())
        .map(each -> Estimated.of(Estimate.ofMean(each), "mean of " + each.length + " images"))
        .toList();
  }

  private record Best(double miss, double[] betas) {}

  private Best best(List<JointPilot> pilots) {
    JointPilot pilot = pilots.stream().min(Comparator.comparingDouble(search::miss)).orElseThrow();
    double[] betas = pilot.betas().stream().mapToDouble(Double::doubleValue).toArray();
    return new Best(search.miss(pilot), betas);
  }

  /** The capped scores of the first images at some betas, one row each; kept by name. */
  private double[][] scores(
      Sampling from, String name, double[] betas, int images, Progress.Task task) {
    return from.each(
            name,
            models.sampler(betas),
            images,
            drawn -> models.cappedScores(Images.written(drawn)),
            task)
        .toArray(double[][]::new);
  }
}
