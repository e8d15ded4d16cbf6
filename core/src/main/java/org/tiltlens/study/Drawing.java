package org.tiltlens.study;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.tiltlens.run.Progress;
import org.tiltlens.sampling.Course;
import org.tiltlens.sampling.Sampling;
import org.tiltlens.synthesis.Estimates;
import org.tiltlens.synthesis.GuidedSampler;
import org.tiltlens.tilting.Aim;

/**
 * Draws the images of a run batch by batch, keeping on disk what is finished and what is under way.
 */
final class Drawing {
  private final StudySpec spec;
  private final StudyModels models;
  private final Aim aim;
  private final FinishedImages finished;
  private final GuidedSampler sampler;
  private final Sampling sampling;
  private final ToldByPool pool;

  /**
   * @param pool null for none
   */
  Drawing(
      StudySpec spec,
      StudyModels models,
      Sampling sampling,
      Aim aim,
      FinishedImages finished,
      ToldByPool pool) {
    this.spec = spec;
    this.models = models;
    this.sampling = sampling;
    this.aim = aim;
    this.finished = finished;
    this.pool = pool;
    this.sampler = models.sampler(spec, aim.beta());
  }

  /** Draws all images, and the ladder's below them, or what an earlier process left to do. */
  StudyResult.UnitResult draw(Progress.Task task) throws IOException {
    // All of them before the first is measured: so the stopwatch times the drawing alone.
    sampling
        .stopwatch(Sampling.IMAGES, isBegun())
        .time(
            task,
            timed ->
                sampling
                    .batching()
                    .map(
                        spec.count(),
                        (first, together) -> {
                          draw(IntStream.range(first, first + together).boxed().toList(), timed);
                          return together;
                        }));
    List<StudyResult.ImageResult> images = finished.measured(sampling.batching(), task);
    Estimates estimates =
        Estimates.of(
            StudyResult.ImageResult.scores(images), StudyResult.ImageResult.pathKls(images));
    if (spec.ladder() == null) {
      return finished.result(aim, null, images, told(estimates, images), null, null);
    }
    Ladder ladder = Ladder.drawn(spec, aim.beta(), images, models, sampling, task);
    Estimates known = ladder.complete(estimates, images);
    return finished.result(aim, ladder.rungs(), images, told(known, images), null, null);
  }

  private Estimates told(Estimates known, List<StudyResult.ImageResult> images) {
    return pool == null ? known : pool.complete(known, aim.beta(), spec.objective(), images);
  }

  private boolean isBegun() throws IOException {
    for (int image = 0; image < spec.count(); image++) {
      if (finished.areThere(List.of(image))) {
        return true;
      }
    }
    return false;
  }

  private void draw(List<Integer> samples, Progress.Task task) {
    try {
      if (finished.areThere(samples)) {
        task.skip(steps(samples));
      } else {
        Course.Guided course = new Course.Guided(sampler, spec.seed(), samples, models.device());
        Path underWay = sampling.run().state("batch-" + samples.get(0) + ".safetensors");
        sampling.walk().eachSample(course, underWay, finished::keep, task);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private long steps(List<Integer> samples) {
    return (long) samples.size() * models.prior().schedule().steps();
  }
}
