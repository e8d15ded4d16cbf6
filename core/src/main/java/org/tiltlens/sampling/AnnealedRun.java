package org.tiltlens.sampling;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.annealing.AnnealedCloud;
import org.tiltlens.annealing.AnnealedSamples;
import org.tiltlens.annealing.Annealing;
import org.tiltlens.annealing.Pool;
import org.tiltlens.run.Progress;
import org.tiltlens.synthesis.Trajectory;
import org.tiltlens.torch.Scope;

/**
 * Samples of a tilt that starts from a pool, of a score that nothing is done to: paths of the pool
 * where these are samples already, else particles that are annealed, or taken up where an earlier
 * process left them.
 *
 * @param pool whose energies are the scores
 * @param images of some of its paths, (n, C, H, W), beyond the innermost scope
 * @param name of what is kept on disk, the tilt's own in this run
 */
public record AnnealedRun(
    Annealing annealing,
    Pool pool,
    Function<int[], Tensor> images,
    Sampling sampling,
    String name) {
  /**
   * What was drawn.
   *
   * @param eves per sample, the path of the pool that it descends from
   * @param evaluations of the prior's network, those of drawing the pool left out
   */
  public record Drawn(AnnealedSamples samples, List<Integer> eves, long evaluations)
      implements AutoCloseable {
    public Drawn {
      eves = List.copyOf(eves);
    }

    @Override
    public void close() {
      samples.close();
    }
  }

  /** Whether the pool alone can tell, so that nothing is annealed. */
  public boolean isTold() {
    return annealing.isTold(pool);
  }

  /** All samples; the caller closes them. */
  public Drawn draw(Progress.Task task) throws IOException {
    Optional<int[]> unmoved = annealing.unmoved(sampling.seed(), pool);
    if (unmoved.isPresent()) {
      int[] rows = unmoved.get();
      List<Double> scores = Arrays.stream(rows).mapToObj(row -> pool.energies()[row]).toList();
      return new Drawn(
          annealing.unmoved(sampling.seed(), pool, images.apply(rows), scores),
          Arrays.stream(rows).boxed().toList(),
          0);
    }
    AnnealedCloud end = annealed(task);
    List<Integer> eves = end.eves();
    AnnealedSamples samples = annealing.finish(end, pool);
    // Paths that are moved are drawn again from the pool's seed.
    long again = (long) samples.size() * steps();
    return new Drawn(samples, eves, again + samples.evaluations());
  }

  private AnnealedCloud annealed(Progress.Task task) throws IOException {
    Path underWay = sampling.run().state(name + ".safetensors");
    Course.Annealed course =
        new Course.Annealed(annealing, sampling.seed(), pool, sampling.device());
    AnnealedCloud end = sampling.walk().finish(course, underWay, task);
    try {
      course.write(underWay, end);
    } catch (RuntimeException | Error e) {
      end.close();
      throw e;
    }
    return end;
  }

  private int steps() {
    return annealing.paths().prior().schedule().steps();
  }

  /** One sample, whose path KL is not known; the caller closes it. */
  public Trajectory sample(AnnealedSamples samples, int row) {
    try (Scope scope = Scope.open()) {
      return new Trajectory(
          sampling.seed(),
          List.of(row),
          steps(),
          Scope.keepForever(samples.x().narrow(0, row, 1).clone()),
          List.of(Double.NaN),
          List.of(samples.scores().get(row)));
    }
  }
}
