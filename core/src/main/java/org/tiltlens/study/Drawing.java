package org.tiltlens.study;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;
import org.tiltlens.diffusion.VariationalBound;
import org.tiltlens.synthesis.GuidedSampler;
import org.tiltlens.synthesis.Trajectory;
import org.tiltlens.torch.Images;
import org.tiltlens.torch.Scope;

/**
 * Draws the images of a run batch by batch, keeping on disk what is finished and what is under way.
 *
 * <p>Safe to use from several threads, each with batches of its own.
 */
final class Drawing {
  private static final String METHOD = "klsc";

  private final StudySpec spec;
  private final Models models;
  private final RunFolder run;
  private final Optional<CorpusTilt> tilt;
  private final GuidedSampler sampler;
  private final VariationalBound bound;
  private final long saveNanos;
  private final LongAdder stepNanos = new LongAdder();
  private final LongAdder stepsTaken = new LongAdder();

  /**
   * @param saveEvery how long work that is under way may stay unsaved
   * @throws IllegalArgumentException if no tilt reaches the spec's target
   */
  Drawing(StudySpec spec, Models models, RunFolder run, Duration saveEvery) {
    this.spec = spec;
    this.models = models;
    this.run = run;
    this.saveNanos = saveEvery.toNanos();
    this.tilt =
        Optional.ofNullable(spec.target())
            .map(target -> CorpusTilt.towards(target, models.corpusScores().orElseThrow()));
    this.sampler = models.sampler(spec, beta());
    this.bound = new VariationalBound(models.prior());
  }

  /** The tilt's strength, given or solved for; null without a tilt. */
  private Double beta() {
    return tilt.map(CorpusTilt::beta).orElse(spec.beta());
  }

  /** Draws one batch, or what an earlier process left to do of it. */
  List<StudyResult.ImageResult> draw(List<Integer> samples, Progress.Task task) {
    try {
      Path underWay = run.state("batch-" + samples.get(0) + ".safetensors");
      List<StudyResult.ImageResult> results = new ArrayList<>();
      if (!areFinished(samples)) {
        try (Trajectory done = advance(samples, underWay, task)) {
          for (int row = 0; row < samples.size(); row++) {
            try (Trajectory one = done.row(row)) {
              TrajectoryFile.write(tensorFile(samples.get(row)), one);
            }
          }
        }
        Files.deleteIfExists(underWay);
      } else {
        task.advance((long) samples.size() * models.prior().schedule().steps());
      }
      for (int sample : samples) {
        results.add(finished(sample, task));
      }
      return results;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private boolean areFinished(List<Integer> samples) throws IOException {
    for (int sample : samples) {
      if (!Files.exists(tensorFile(sample))) {
        return false;
      }
    }
    return true;
  }

  private Trajectory advance(List<Integer> samples, Path underWay, Progress.Task task)
      throws IOException {
    Trajectory now =
        Files.exists(underWay)
            ? TrajectoryFile.read(underWay, models.device())
            : sampler.start(spec.seed(), samples);
    task.advance((long) samples.size() * now.step());
    long saved = System.nanoTime();
    while (!sampler.isDone(now)) {
      long before = System.nanoTime();
      now = sampler.advance(now);
      long after = System.nanoTime();
      stepNanos.add(after - before);
      stepsTaken.increment();
      task.advance(samples.size());
      task.note(String.format(Locale.ROOT, "score %.3f", now.score().get(0)));
      if (after - saved >= saveNanos) {
        TrajectoryFile.write(underWay, now);
        saved = after;
      }
    }
    return now;
  }

  /** The PNG and the numbers of an image whose tensor is on disk. */
  private StudyResult.ImageResult finished(int sample, Progress.Task task) throws IOException {
    try (Trajectory image = TrajectoryFile.read(tensorFile(sample), models.device());
        Scope scope = Scope.open()) {
      BufferedImage picture = Images.toImage(image.x().select(0, 0));
      RunFolder.writePng(run.file(name(sample, ".png")), picture);
      double score = models.score(image.x());
      double pathKl = image.pathKl().get(0);
      return new StudyResult.ImageResult(
          name(sample, ".png"),
          name(sample, ".safetensors"),
          sample,
          score,
          models.scoreAfterActivation(image.x()),
          percentile(score),
          bitsPerDim(image, task),
          Double.isFinite(pathKl) ? pathKl : null);
    }
  }

  /** The bound over the run's own steps; what is added up so far is kept on disk now and then. */
  private double bitsPerDim(Trajectory image, Progress.Task task) throws IOException {
    int sample = image.samples().get(0);
    Path underWay = run.state("bound-" + sample + ".json");
    VariationalBound.Partial partial =
        Files.exists(underWay)
            ? Json.read(underWay, null, VariationalBound.Partial.class)
            : VariationalBound.Partial.NONE;
    task.advance(partial.terms());
    long saved = System.nanoTime();
    while (!bound.isDone(partial)) {
      partial = bound.advance(partial, image.x(), spec.seed(), sample);
      task.advance(1);
      if (bound.isDone(partial) || System.nanoTime() - saved >= saveNanos) {
        RunFolder.writeText(underWay, Json.write(partial));
        saved = System.nanoTime();
      }
    }
    return bound.bitsPerDim(partial, image.x());
  }

  private Double percentile(double score) {
    return models.corpusScores().map(scores -> scores.percentileOf(score)).orElse(null);
  }

  private Path tensorFile(int sample) throws IOException {
    return run.file(name(sample, ".safetensors"));
  }

  private String name(int sample, String ending) {
    return METHOD + "/" + models.unitFileName() + "-" + sample + ending;
  }

  /** Mean seconds of a step of one batch; null if there was nothing left to draw. */
  Double secondsPerStep() {
    long steps = stepsTaken.sum();
    return steps == 0 ? null : stepNanos.sum() / 1e9 / steps;
  }

  StudyResult.UnitResult result(List<StudyResult.ImageResult> images) {
    boolean infinite = images.stream().anyMatch(image -> image.pathKl() == null);
    double meanScore =
        images.stream().mapToDouble(StudyResult.ImageResult::score).average().orElseThrow();
    return new StudyResult.UnitResult(
        spec.unit(),
        models.featureIndex(),
        METHOD,
        spec.guidance(),
        "plug-in guidance: the score of the clean estimate stands for the expected score",
        beta(),
        tilt.map(CorpusTilt::target).orElse(null),
        spec.scale(),
        images,
        meanScore,
        percentile(meanScore),
        images.stream().mapToDouble(StudyResult.ImageResult::bitsPerDim).average().orElseThrow(),
        infinite
            ? null
            : images.stream().mapToDouble(StudyResult.ImageResult::pathKl).average().orElseThrow());
  }
}
