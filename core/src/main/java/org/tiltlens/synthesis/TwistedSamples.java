package org.tiltlens.synthesis;

import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.tilting.LogWeights;
import org.tiltlens.tilting.TiltEstimate;
import org.tiltlens.torch.Scope;

/**
 * Weighted samples of q_beta, and what they say of it.
 *
 * @param x (K, C, H, W), owned by this result
 * @param weights of the images; {@code weights.systematic(u)} picks images of equal weight
 * @param scores s of each image
 * @param estimate log Z, the mean of what is tilted (the objective of s, which for {@code Maximize}
 *     is s) and {@code KL = beta mean - log Z}, with standard errors
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
    List<Double> ess,
    List<Integer> resampled,
    int families)
    implements AutoCloseable {
  public TwistedSamples {
    scores = List.copyOf(scores);
    ess = List.copyOf(ess);
    resampled = List.copyOf(resampled);
  }

  @Override
  public void close() {
    Scope.release(x);
  }
}
