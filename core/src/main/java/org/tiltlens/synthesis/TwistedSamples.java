package org.tiltlens.synthesis;

import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.tilting.Estimate;
import org.tiltlens.tilting.LogWeights;
import org.tiltlens.tilting.TiltEstimate;
import org.tiltlens.torch.Noise;
import org.tiltlens.torch.Scope;

/**
 * Weighted samples of q_beta, and what they say of it.
 *
 * @param x (K, C, H, W), owned by this result
 * @param weights of the images
 * @param scores s of each image
 * @param estimate log Z, the mean of what is tilted (the objective of s, which for {@code Maximize}
 *     is s) and {@code KL = beta mean - log Z}, with standard errors
 * @param meanScore E_q[s], of s itself whatever the objective
 * @param ess effective number of particles at each of the steps + 1 weighings
 * @param resampled the steps before which particles were resampled
 * @param families how many of the K first particles have descendants; with a handful left, neither
 *     the estimates nor their errors can be trusted
 */
public record TwistedSamples(
    Tensor x,
    LogWeights weights,
    List<Double> scores,
    TiltEstimate estimate,
    Estimate meanScore,
    List<Double> ess,
    List<Integer> resampled,
    int families)
    implements AutoCloseable {
  /** Particles count from 0 and resampling has -1, so this stream is nobody's. */
  private static final long PICKING_STREAM = -2;

  public TwistedSamples {
    scores = List.copyOf(scores);
    ess = List.copyOf(ess);
    resampled = List.copyOf(resampled);
  }

  /**
   * Particles that stand for q_beta with equal weight, by systematic resampling; a heavy one comes
   * more than once.
   *
   * @param seed the run's seed
   * @return {@code count} indices, ascending
   */
  public int[] picked(long seed, int count) {
    try (Scope scope = Scope.open()) {
      return weights.systematic(Noise.uniform(seed, PICKING_STREAM, 0, 1).item_double(), count);
    }
  }

  @Override
  public void close() {
    Scope.release(x);
  }
}
