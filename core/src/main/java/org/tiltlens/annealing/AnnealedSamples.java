package org.tiltlens.annealing;

import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.synthesis.Trajectory;
import org.tiltlens.tilting.TiltEstimate;
import org.tiltlens.torch.Scope;

/**
 * Samples of q_beta of equal weight, and what they say of it.
 *
 * @param x (N, C, H, W), owned by this result
 * @param scores s of each image
 * @param beta the tilt
 * @param estimate log Z, the mean of what is tilted and KL, with standard errors
 * @param estimator how it was had
 * @param weighted what the importance weights of the pool say instead, to compare; null where they
 *     rest on too few of its paths, and for islands
 * @param mixing whether the samples may pass for the tilt's
 * @param eves per image, the path of the pool that it descends from
 * @param distinct how many different paths they are
 * @param rungs the tilts on the way, the last one theirs; of islands, one after the other
 * @param evaluations of the prior's network, without the pool's; a way back counts as two
 */
public record AnnealedSamples(
    Tensor x,
    List<Double> scores,
    double beta,
    TiltEstimate estimate,
    Estimator estimator,
    TiltEstimate weighted,
    Mixing mixing,
    List<Integer> eves,
    int distinct,
    List<Rung> rungs,
    long evaluations)
    implements AutoCloseable {
  public AnnealedSamples {
    scores = List.copyOf(scores);
    eves = List.copyOf(eves);
    rungs = List.copyOf(rungs);
  }

  /** Number of samples. */
  public int size() {
    return scores.size();
  }

  /** How many paths of the pool they descend from. */
  public int ancestors() {
    return (int) eves.stream().distinct().count();
  }

  /**
   * One of them as where a run ends, whose path KL is not known; the caller closes it.
   *
   * @param seed of the run
   * @param steps that the prior took
   */
  public Trajectory sample(int row, long seed, int steps) {
    try (Scope scope = Scope.open()) {
      return new Trajectory(
          seed,
          List.of(row),
          steps,
          Scope.keepForever(x.narrow(0, row, 1).clone()),
          List.of(Double.NaN),
          List.of(scores.get(row)));
    }
  }

  @Override
  public void close() {
    Scope.release(x);
  }
}
