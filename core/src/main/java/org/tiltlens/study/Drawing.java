package org.tiltlens.study;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.tiltlens.synthesis.GuidedSampler;
import org.tiltlens.synthesis.Trajectory;
import org.tiltlens.torch.Lanes;

/**
 * Draws the images of a run batch by batch, keeping on disk what is finished and what is under way.
 */
final class Drawing {
  private final StudySpec spec;
  private final Models models;
  private final RunFolder run;
  private final Aim aim;
  private final Walk walk;
  private final FinishedImages finished;
  private final GuidedSampler sampler;
  private final Trials trials;

  Drawing(
      StudySpec spec, Models models, RunFolder run, Aim aim, Walk walk, FinishedImages finished) {
    this.spec = spec;
    this.models = models;
    this.run = run;
    this.aim = aim;
    this.walk = walk;
    this.finished = finished;
    this.trials = new Trials(spec, models, run, walk);
    this.sampler = models.sampler(spec, aim.beta());
  }

  /**
   * Draws all images, and the ladder's below them, or what an earlier process left to do.
   *
   * @param batch how many go through the networks together
   */
  StudyResult.UnitResult draw(int batch, Lanes lanes, Progress.Task task) {
    List<List<Integer>> batches = batches(spec.count(), batch);
    List<StudyResult.ImageResult> images =
        lanes.map(batches.size(), i -> draw(batches.get(i), task)).stream()
            .flatMap(List::stream)
            .toList();
    Estimates estimates = Estimates.of(images);
    if (!spec.hasLadder()) {
      return finished.result(aim, null, images, estimates, null);
    }
    Ladder ladder = Ladder.drawn(spec, aim.beta(), images, trials, lanes, task);
    return finished.result(aim, ladder.rungs(), images, ladder.complete(estimates, images), null);
  }

  private List<StudyResult.ImageResult> draw(List<Integer> samples, Progress.Task task) {
    try {
      if (finished.areThere(samples)) {
        task.advance(steps(samples));
      } else if (isPilot(samples)) {
        for (int sample : samples) {
          try (Trajectory drawn = trials.drawn(Trials.pilot(aim.settled()), sample)) {
            finished.keep(sample, drawn);
          }
        }
        task.advance(steps(samples));
      } else {
        Path underWay = run.state("batch-" + samples.get(0) + ".safetensors");
        Course.Guided course = new Course.Guided(sampler, spec.seed(), samples, models.device());
        try (Trajectory done = walk.finish(course, underWay, task)) {
          for (int row = 0; row < samples.size(); row++) {
            try (Trajectory one = done.row(row)) {
              finished.keep(samples.get(row), one);
            }
          }
        }
        Files.deleteIfExists(underWay);
      }
      return samples.stream().map(sample -> finished.measured(sample, task)).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Whether the pilot that reached the target drew them already. */
  private boolean isPilot(List<Integer> samples) {
    return aim.settled() != null && samples.get(samples.size() - 1) < spec.pilots().images();
  }

  private long steps(List<Integer> samples) {
    return (long) samples.size() * models.prior().schedule().steps();
  }

  private static List<List<Integer>> batches(int count, int size) {
    List<List<Integer>> batches = new ArrayList<>();
    for (int from = 0; from < count; from += size) {
      batches.add(IntStream.range(from, Math.min(count, from + size)).boxed().toList());
    }
    return batches;
  }
}
