package org.tiltlens.study;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import org.tiltlens.synthesis.GuidedSampler;
import org.tiltlens.synthesis.Trajectory;
import org.tiltlens.torch.Lanes;

/**
 * Images that are drawn for their scores alone, one at a time so that no batch decides their bits,
 * and kept on disk so that a killed run goes on where it stopped.
 */
record Trials(StudySpec spec, Models models, RunFolder run, Walk walk) {
  /** The name of a pilot's files. */
  static String pilot(int round) {
    return "pilot-" + round;
  }

  /**
   * The scores of the run's first samples at another tilt than the run's.
   *
   * @param name of their files, unique in the run
   */
  double[] scores(String name, double beta, int count, Lanes lanes, Progress.Task task) {
    GuidedSampler sampler = models.sampler(spec, beta);
    return lanes
        .map(
            count,
            image ->
                score(
                    new Course.Guided(sampler, spec.seed(), List.of(image), models.device()),
                    file(name, image),
                    task))
        .stream()
        .mapToDouble(Double::doubleValue)
        .toArray();
  }

  /** A sample that {@link #scores} drew; the caller closes it. */
  Trajectory drawn(String name, int sample) {
    return TrajectoryFile.read(file(name, sample), models.device());
  }

  private Path file(String name, int sample) {
    return run.state(name + "-" + sample + ".safetensors");
  }

  private double score(Course.Guided course, Path file, Progress.Task task) {
    try (Trajectory drawn = walk.finish(course, file, task)) {
      course.write(file, drawn);
      return models.score(drawn.x());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
