package org.tiltlens.diffusion;

import org.bytedeco.pytorch.Tensor;

/**
 * One step of a sampler, from x_t to x_{t-1}: a pure function of the prediction and the noise.
 *
 * <p>Guidance changes the {@link Prediction} before the step (its mean, or its x0Hat), never the
 * step.
 */
@FunctionalInterface
public interface ReverseStep {
  /**
   * Draws x_{t-1}.
   *
   * @param prediction the prior's, at {@code xt} and {@code t}
   * @param noise standard normal, of xt's shape; has no effect at t = 0
   */
  Tensor step(NoiseSchedule schedule, Prediction prediction, Tensor xt, int t, Tensor noise);
}
