package org.tiltlens.synthesis;

import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.tilting.Clouds;
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
 * @param ess effective number of particles at each of the steps + 1 weighings, of {@link
 *     TwistedClouds clouds} the sum of what each has by itself
 * @param resampled the steps before which particles were resampled
 * @param eves which of the K first particles each descends from
 * @param clouds the cloud of each particle
 */
public record TwistedSamples(
    Tensor x,
    LogWeights weights,
    List<Double> scores,
    TiltEstimate estimate,
    List<Double> ess,
    List<Integer> resampled,
    List<Integer> eves,
    List<Integer> clouds)
    implements AutoCloseable {
  /** Particles count from 0 and resampling has -1, so this stream is nobody's. */
  private static final long PICKING_STREAM = -2;

  public TwistedSamples {
    scores = List.copyOf(scores);
    ess = List.copyOf(ess);
    resampled = List.copyOf(resampled);
    eves = List.copyOf(eves);
    clouds = List.copyOf(clouds);
  }

  /** log Z without its error. */
  double logZ() {
    return estimate.logZ().value();
  }

  /** E_q[s], of s itself whatever the objective. */
  public Estimate meanScore() {
    return mean(scores.stream().mapToDouble(Double::doubleValue).toArray());
  }

  /** E_q[f] of a number f of each particle. */
  public Estimate mean(double... values) {
    return Clouds.mean(weights, ints(eves), ints(clouds), values);
  }

  private static int[] ints(List<Integer> values) {
    return values.stream().mapToInt(Integer::intValue).toArray();
  }

  /**
   * How many of the K first particles have descendants. With a handful left little can be told;
   * many are no sign that all modes were found, which only clouds that agree can show.
   */
  public int families() {
    return (int) eves.stream().distinct().count();
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
