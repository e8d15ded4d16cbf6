package org.tiltlens.sampling;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.IntToDoubleFunction;
import java.util.function.Supplier;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.annealing.AnnealedCloud;
import org.tiltlens.annealing.AnnealedSamples;
import org.tiltlens.annealing.Annealing;
import org.tiltlens.annealing.Pool;
import org.tiltlens.run.Progress;

/**
 * Samples of a tilt that starts from a pool: paths of the pool where these are samples already,
 * else particles that are annealed, or taken up where an earlier process left them.
 *
 * @param images of some of the pool's paths, (n, C, H, W), beyond the innermost scope
 * @param score s of one of the pool's paths
 * @param seed of this tilt's noise
 * @param name of what is kept on disk, the tilt's own in this run
 */
public record AnnealedRun(
    Annealing annealing,
    Pool pool,
    Function<int[], Tensor> images,
    IntToDoubleFunction score,
    Sampling sampling,
    long seed,
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
    Optional<int[]> unmoved = annealing.unmoved(seed, pool);
    if (unmoved.isPresent()) {
      int[] rows = unmoved.get();
      List<Double> scores = Arrays.stream(rows).mapToDouble(score).boxed().toList();
      return new Drawn(
          annealing.unmoved(seed, pool, images.apply(rows), scores),
          Arrays.stream(rows).boxed().toList(),
          0);
    }
    return finished(annealed(task));
  }

  /**
   * What particles at their end are as samples.
   *
   * @param end taken over
   */
  public Drawn finished(AnnealedCloud end) {
    List<Integer> eves = end.eves();
    AnnealedSamples samples = annealing.finish(end, pool);
    // Paths that are moved are drawn again from the pool's seed.
    long again = (long) annealing.begun(seed, pool) * steps();
    return new Drawn(samples, eves, again + samples.evaluations());
  }

  /** The particles at their end; the caller closes them. */
  public AnnealedCloud annealed(Progress.Task task) throws IOException {
    Course.Annealed course = course();
    AnnealedCloud end = sampling.walk().finish(course, underWay(), task);
    try {
      course.write(underWay(), end);
    } catch (RuntimeException | Error e) {
      end.close();
      throw e;
    }
    return end;
  }

  /**
   * The same from other particles than the pool's.
   *
   * @param start what it begins with, asked for once and closed here
   */
  public AnnealedCloud annealed(Supplier<AnnealedCloud> start, Progress.Task task)
      throws IOException {
    if (!Files.exists(underWay())) {
      try (AnnealedCloud begun = start.get()) {
        course().write(underWay(), begun);
      }
    }
    return annealed(task);
  }

  private Course.Annealed course() {
    return new Course.Annealed(annealing, seed, pool, sampling.device());
  }

  private Path underWay() {
    return sampling.run().state(name + ".safetensors");
  }

  private int steps() {
    return annealing.paths().prior().schedule().steps();
  }
}
