package org.tiltlens.study;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.diffusion.VariationalBound;
import org.tiltlens.synthesis.GuidedSampler;
import org.tiltlens.synthesis.Trajectory;
import org.tiltlens.tilting.JointBetaSearch;
import org.tiltlens.tilting.JointPilot;
import org.tiltlens.tilting.JointScores;
import org.tiltlens.tilting.JointTilt;
import org.tiltlens.torch.Engine;
import org.tiltlens.torch.Images;
import org.tiltlens.torch.Lanes;
import org.tiltlens.torch.Scope;

/**
 * Draws the images of a composition, one at a time so that no batch decides their bits, and keeps
 * them on disk so that a killed run goes on where it stopped.
 */
final class CompositionDrawing {
  private static final int ENLARGED = 4;

  /** Share of a level by which a pilot may miss it and count as there. */
  private static final double TOLERANCE = 0.05;

  private static final String APPROXIMATION =
      "plug-in guidance: the scores of the clean estimate stand for the expected scores";

  private final CompositionSpec spec;
  private final Execution execution;
  private final ComposedModels models;
  private final JointScores corpus;
  private final JointAim aim;
  private final JointBetaSearch search;
  private final Lanes lanes;

  /**
   * @param corpus the corpus' scores, not capped
   * @throws IllegalArgumentException if no tilt of the corpus reaches the aim
   */
  CompositionDrawing(
      CompositionSpec spec,
      Execution execution,
      ComposedModels models,
      JointScores corpus,
      JointAim aim) {
    this.spec = spec;
    this.execution = execution;
    this.models = models;
    this.corpus = corpus;
    this.aim = aim;
    search = aim.search();
    lanes = Study.lanes(execution, models.device());
  }

  /**
   * What was drawn.
   *
   * @param drawing what drew it
   * @param pilots the betas tried
   * @param betas those of the images
   * @param images the images, with the scores that are not capped
   */
  record Drawn(
      CompositionDrawing drawing,
      List<JointPilot> pilots,
      double[] betas,
      List<CompositionResult.Image> images) {
    CompositionResult result(Map<String, String> hashes, String fingerprint, double seconds) {
      return drawing.result(this, hashes, fingerprint, seconds);
    }
  }

  Drawn draw(RunFolder run, Progress progress) throws IOException {
    boolean aimed = spec.pilots() != null && spec.units().stream().anyMatch(ComposedUnit::isAimed);
    int rounds = aimed ? spec.pilots().rounds() : 0;
    int steps = models.prior().schedule().steps();
    int pilotImages = aimed ? spec.pilots().images() : 0;
    long units = (long) steps * (rounds * pilotImages + 2L * spec.count());
    List<JointPilot> pilots = new ArrayList<>();
    try (Progress.Task task = progress.begin("drawing " + spec.units().size() + " units", units)) {
      double[] betas = search.next(pilots);
      Walk walk = new Walk(Study.SAVE_EVERY);
      while (pilots.size() < rounds && (pilots.isEmpty() || best(pilots).miss() > TOLERANCE)) {
        betas = search.next(pilots);
        String name = round(pilots.size());
        pilots.add(JointAim.pilot(betas, scores(run, walk, name, betas, pilotImages, task)));
      }
      task.advance((long) steps * pilotImages * (rounds - pilots.size()));
      String name = "drawn";
      if (!pilots.isEmpty()) {
        // An untried beta between noisy means is no better guess than the nearest pilot.
        betas = best(pilots).betas();
        name = round(best(pilots).round());
      }
      scores(run, walk, name, betas, spec.count(), task);
      return new Drawn(this, pilots, betas, measured(run, name, task));
    }
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
      RunFolder run, Walk walk, String name, double[] betas, int images, Progress.Task task) {
    GuidedSampler sampler = models.sampler(betas);
    return lanes
        .map(images, image -> score(run, walk, sampler, file(run, name, image), image, task))
        .toArray(double[][]::new);
  }

  private static Path file(RunFolder run, String name, int image) {
    return run.state(name + "-" + image + ".safetensors");
  }

  private double[] score(
      RunFolder run, Walk walk, GuidedSampler sampler, Path file, int image, Progress.Task task) {
    Course.Guided course = new Course.Guided(sampler, spec.seed(), List.of(image), models.device());
    try (Trajectory drawn = walk.finish(course, file, task)) {
      course.write(file, drawn);
      double[] scores = models.scores(drawn.x());
      return IntStream.range(0, scores.length)
          .mapToDouble(k -> models.objective(k).of(scores[k])[0])
          .toArray();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Pictures, maps and numbers of the images that were kept by a name. */
  private List<CompositionResult.Image> measured(RunFolder run, String name, Progress.Task task)
      throws IOException {
    List<List<double[][]>> maps =
        lanes.map(
            spec.count(),
            image -> {
              try (Trajectory drawn =
                  TrajectoryFile.read(file(run, name, image), models.device())) {
                return maps(drawn.x());
              }
            });
    double[] highest =
        IntStream.range(0, spec.units().size())
            .mapToDouble(
                k -> maps.stream().mapToDouble(each -> highest(each.get(k))).max().orElse(1))
            .map(value -> value > 0 ? value : 1)
            .toArray();
    return lanes.map(
        spec.count(), image -> measured(run, name, image, maps.get(image), highest, task));
  }

  private CompositionResult.Image measured(
      RunFolder run,
      String name,
      int image,
      List<double[][]> maps,
      double[] highest,
      Progress.Task task) {
    String to = "klsc/" + image;
    try (Trajectory drawn = TrajectoryFile.read(file(run, name, image), models.device());
        Scope scope = Scope.open()) {
      Files.createDirectories(run.file(to + ".png").getParent());
      RunFolder.writePng(run.file(to + ".png"), Images.toImage(drawn.x().select(0, 0)));
      TrajectoryFile.write(run.file(to + ".safetensors"), drawn);
      double[] scores = models.scores(drawn.x());
      List<CompositionResult.UnitReading> readings = new ArrayList<>();
      for (int k = 0; k < highest.length; k++) {
        String overlay = to + "-map-" + k + ".png";
        double[][] map = maps.get(k);
        RunFolder.writePng(
            run.file(overlay),
            HeatMap.of(
                map,
                highest[k],
                ENLARGED * (int) drawn.x().size(3),
                ENLARGED * (int) drawn.x().size(2)));
        int peak = peak(map);
        readings.add(
            new CompositionResult.UnitReading(
                overlay,
                scores[k],
                corpus.unit(k).percentileOf(scores[k]),
                peak / map[0].length,
                peak % map[0].length));
      }
      double bits = new VariationalBound(models.prior()).bitsPerDim(drawn.x(), spec.seed(), image);
      task.advance(models.prior().schedule().steps());
      return new CompositionResult.Image(
          to + ".png", to + ".safetensors", image, readings, bits, drawn.pathKl().get(0));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private List<double[][]> maps(Tensor image) {
    try (Scope scope = Scope.open()) {
      return IntStream.range(0, spec.units().size())
          .mapToObj(k -> Models.rows(models.wholeMap(k).map(image).squeeze(0)))
          .toList();
    }
  }

  private static double highest(double[][] map) {
    return Arrays.stream(map).flatMapToDouble(Arrays::stream).max().orElseThrow();
  }

  /** Row times width plus column of the highest value, the first of equals. */
  private static int peak(double[][] map) {
    double[] values = Arrays.stream(map).flatMapToDouble(Arrays::stream).toArray();
    int peak = 0;
    for (int i = 1; i < values.length; i++) {
      peak = values[i] > values[peak] ? i : peak;
    }
    return peak;
  }

  private CompositionResult result(
      Drawn drawn, Map<String, String> hashes, String fingerprint, double seconds) {
    JointTilt first = search.first();
    List<CompositionResult.UnitOutcome> outcomes =
        IntStream.range(0, spec.units().size()).mapToObj(k -> outcome(k, drawn, first)).toList();
    return new CompositionResult(
        Version.NUMBER,
        Engine.version(),
        "compose",
        spec,
        execution,
        hashes,
        fingerprint,
        spec.seed(),
        seconds,
        APPROXIMATION,
        outcomes,
        new CompositionResult.CorpusTilt(corpus.size(), first.logZ(), first.kl(), first.ess()),
        drawn.pilots(),
        drawn.images());
  }

  private CompositionResult.UnitOutcome outcome(int k, Drawn drawn, JointTilt first) {
    ComposedUnit unit = spec.units().get(k);
    double cap = unit.cap() == null ? Double.POSITIVE_INFINITY : unit.cap();
    double[] scores =
        drawn.images().stream()
            .mapToDouble(image -> Math.min(cap, image.readings().get(k).score()))
            .toArray();
    double mean = Arrays.stream(scores).average().orElseThrow();
    double squares = Arrays.stream(scores).map(score -> (score - mean) * (score - mean)).sum();
    int n = scores.length;
    return new CompositionResult.UnitOutcome(
        unit.unit(),
        drawn.betas()[k],
        first.betas()[k],
        aim.targets().get(k),
        corpus.unit(k).mean(),
        mean,
        n < 2 ? null : Math.sqrt(squares / (n - 1) / n),
        corpus.unit(k).percentileOf(mean));
  }
}
