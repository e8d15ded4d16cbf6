package org.tiltlens.synthesis;

import java.util.List;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/**
 * Samples on their way from noise to images: all that is needed to go on, and nothing else.
 *
 * <p>Saving {@link #x}, {@link #before}, {@link #step} and {@link #pathKl} and starting again from
 * them gives the same bits, because the noise of every step is a function of (seed, sample, step)
 * alone.
 *
 * @param seed the run's seed
 * @param samples indices of the samples in the run; row i of {@code x} is sample {@code samples[i]}
 * @param step how many steps are taken
 * @param x (N, C, H, W), owned by this trajectory
 * @param before the clean estimates that the last step read, as {@code x}, where the next step
 *     reads them too; else null
 * @param pathKl per sample, {@code sum_t |mean of q_t - mean of p_t|^2 / (2 Sigma_t)} over the
 *     steps taken, in nats; its mean over samples estimates KL(path q || path p), an upper bound of
 *     KL(q || p)
 * @param score per sample, the score of x0_hat at the last guided step; NaN before it
 */
public record Trajectory(
    long seed,
    List<Integer> samples,
    int step,
    Tensor x,
    Tensor before,
    List<Double> pathKl,
    List<Double> score)
    implements AutoCloseable {
  public Trajectory {
    samples = List.copyOf(samples);
    pathKl = List.copyOf(pathKl);
    score = List.copyOf(score);
  }

  /** Without the clean estimates before, which only multistep methods read. */
  public Trajectory(
      long seed,
      List<Integer> samples,
      int step,
      Tensor x,
      List<Double> pathKl,
      List<Double> score) {
    this(seed, samples, step, x, null, pathKl, score);
  }

  /** One sample of the batch by itself; the caller closes it. */
  public Trajectory row(int row) {
    try (Scope scope = Scope.open()) {
      Tensor own = row(x, row);
      Tensor ownBefore = before == null ? null : row(before, row);
      return new Trajectory(
          seed,
          List.of(samples.get(row)),
          step,
          Scope.keepForever(own),
          ownBefore == null ? null : Scope.keepForever(ownBefore),
          List.of(pathKl.get(row)),
          List.of(score.get(row)));
    }
  }

  /**
   * Some of its samples; the caller closes them.
   *
   * @param wanted among {@link #samples}
   */
  public Trajectory rows(List<Integer> wanted) {
    int[] rows = wanted.stream().mapToInt(samples::indexOf).toArray();
    try (Scope scope = Scope.open()) {
      Tensor own = rows(x, rows);
      Tensor ownBefore = before == null ? null : rows(before, rows);
      return new Trajectory(
          seed,
          wanted,
          step,
          Scope.keepForever(own),
          ownBefore == null ? null : Scope.keepForever(ownBefore),
          IntStream.of(rows).mapToObj(pathKl::get).toList(),
          IntStream.of(rows).mapToObj(score::get).toList());
    }
  }

  /**
   * Samples of several trajectories, one after the other; the caller closes the result and them.
   *
   * @param parts at least one, all of one run and as many steps
   */
  public static Trajectory joined(List<Trajectory> parts) {
    Trajectory first = parts.get(0);
    try (Scope scope = Scope.open()) {
      Tensor x = Tensors.cat(parts.stream().map(Trajectory::x).toList(), 0);
      Tensor before =
          first.before == null
              ? null
              : Tensors.cat(parts.stream().map(Trajectory::before).toList(), 0);
      return new Trajectory(
          first.seed,
          parts.stream().flatMap(part -> part.samples.stream()).toList(),
          first.step,
          Scope.keepForever(x),
          before == null ? null : Scope.keepForever(before),
          parts.stream().flatMap(part -> part.pathKl.stream()).toList(),
          parts.stream().flatMap(part -> part.score.stream()).toList());
    }
  }

  private static Tensor rows(Tensor batch, int... rows) {
    return Tensors.cat(IntStream.of(rows).mapToObj(row -> batch.narrow(0, row, 1)).toList(), 0);
  }

  private static Tensor row(Tensor batch, int row) {
    return batch.narrow(0, row, 1).clone();
  }

  @Override
  public void close() {
    Scope.release(x);
    if (before != null) {
      Scope.release(before);
    }
  }
}
