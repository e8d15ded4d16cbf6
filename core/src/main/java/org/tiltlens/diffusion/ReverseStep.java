package org.tiltlens.diffusion;

import org.bytedeco.pytorch.Tensor;

/**
 * One step of a sampler, from x_t to x_{t-1}: a pure function of the prediction and the noise.
 *
 * <p>Guidance changes the {@link Prediction} before the step (its mean, or its x0Hat), never the
 * step.
 */
public interface ReverseStep {
  /**
   * Draws x_{t-1}.
   *
   * @param prediction the prior's, at {@code xt} and {@code t}
   * @param noise standard normal, of xt's shape; has no effect at t = 0
   */
  Tensor step(NoiseSchedule schedule, Prediction prediction, Tensor xt, int t, Tensor noise);

  /** What a prior predicts at noisy images and a step, guided or not. */
  @FunctionalInterface
  interface Ahead {
    Prediction at(Tensor xt, int t);
  }

  /**
   * The same for a step that may read the clean estimate before, or look where it leads to.
   *
   * @param before the x0Hat that the step from {@code t + 1} read; null at the first step, and
   *     where the step {@linkplain #readsBefore does not read it}
   * @param ahead the prior's other predictions, of which most steps want none
   */
  default Tensor step(
      NoiseSchedule schedule,
      Prediction prediction,
      Tensor before,
      Ahead ahead,
      Tensor xt,
      int t,
      Tensor noise) {
    return step(schedule, prediction, xt, t, noise);
  }

  /** Whether it is a multistep method, which reads the clean estimate of the step before. */
  default boolean readsBefore() {
    return false;
  }

  /**
   * How many predictions the last steps of a run need.
   *
   * @param steps how many those are, at least 1
   */
  default int evaluations(int steps) {
    return steps;
  }

  /** Whether it draws noise, so that one state can be followed by many. */
  boolean isNoisy();
}
