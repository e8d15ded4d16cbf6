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
  /**
   * The scores of a few samples of a tilt.
   *
   * @param name of their files, unique in the run
   * @param first number of the first sample; with the seed it names its noise
   */
  double[] scores(String name, double beta, int first, int count, Lanes lanes, Progress.Task task) {
    GuidedSampler sampler = models.sampler(spec, beta);
    return lanes
        .map(
            count,
            image ->
                score(
                    new Course.Guided(
                        sampler, spec.seed(), List.of(first + image), models.device()),
                    run.state(name + "-" + image + ".safetensors"),
                    task))
        .stream()
        .mapToDouble(Double::doubleValue)
        .toArray();
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
