package org.tiltlens.study;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
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
  private final Aim aim;
  private final Walk walk;
  private final GuidedSampler sampler;
  private final VariationalBound bound;
  private final long saveNanos;

  /**
   * @param saveEvery how long work that is under way may stay unsaved
   */
  Drawing(StudySpec spec, Models models, RunFolder run, Aim aim, Walk walk, Duration saveEvery) {
    this.spec = spec;
    this.models = models;
    this.run = run;
    this.aim = aim;
    this.walk = walk;
    this.saveNanos = saveEvery.toNanos();
    this.sampler = models.sampler(spec, aim.beta());
    this.bound = new VariationalBound(models.prior());
  }

  /** Draws one batch, or what an earlier process left to do of it. */
  List<StudyResult.ImageResult> draw(List<Integer> samples, Progress.Task task) {
    try {
      Path underWay = run.state("batch-" + samples.get(0) + ".safetensors");
      List<StudyResult.ImageResult> results = new ArrayList<>();
      if (!areFinished(samples)) {
        try (Trajectory done = walk.finish(sampler, samples, underWay, task)) {
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
        aim.beta(),
        aim.target(),
        aim.corpusBeta(),
        aim.pilots(),
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
