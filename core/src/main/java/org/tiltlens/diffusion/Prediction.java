package org.tiltlens.diffusion;

import org.bytedeco.pytorch.Tensor;

/**
 * What a prior says of one reverse step, {@code p(x_{t-1} | x_t) = N(mean, diag(variance))}.
 *
 * <p>All three have the shape of x_t and carry its graph. The variance is positive at every step,
 * the last one (t = 0) included, although samplers add no noise there: bits per dimension need it.
 * Where guided-diffusion speaks of {@code log_variance}, this is its exponential.
 *
 * @param x0Hat the expected clean image, E[x_0 | x_t]
 * @param mean mean of x_{t-1}
 * @param variance variance of x_{t-1}, element by element
 */
public record Prediction(Tensor x0Hat, Tensor mean, Tensor variance) {
  /** Logarithm of the variance. */
  public Tensor logVariance() {
    return variance.log();
  }
}
