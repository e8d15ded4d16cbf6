package org.tiltlens.diffusion;

import static org.tiltlens.torch.Tensors.scale;

import org.bytedeco.pytorch.Tensor;

/**
 * A step of Heun's method along the probability flow: DDIM's, and from where it leads to a look
 * back, so that each step needs two predictions, and the last one.
 *
 * <pre>
 * y = x / sqrt(abar)      sigma = sqrt((1 - abar) / abar)      dy / dsigma = epsilon
 * y'      = y_t + (sigma_{t-1} - sigma_t) epsilon_t                                  (DDIM)
 * y_{t-1} = y_t + (sigma_{t-1} - sigma_t) (epsilon_t + epsilon(y', t - 1)) / 2
 * </pre>
 *
 * <p>Karras et al. 2022, arXiv 2206.00364, algorithm 1, at the levels of a schedule; {@link
 * HeunSampler} is the same of a network that is told any level. The last step is of first order, as
 * no noise is left where it leads to. Noise has no effect.
 */
public record HeunStep() implements ReverseStep {
  private static final DdimStep EULER = new DdimStep(0);

  /** The last step: of first order. */
  @Override
  public Tensor step(
      NoiseSchedule schedule, Prediction prediction, Tensor xt, int t, Tensor noise) {
    return EULER.step(schedule, prediction, xt, t, noise);
  }

  @Override
  public Tensor step(
      NoiseSchedule schedule,
      Prediction prediction,
      Tensor before,
      Ahead ahead,
      Tensor xt,
      int t,
      Tensor noise) {
    Tensor euler = step(schedule, prediction, xt, t, noise);
    if (t == 0) {
      return euler;
    }
    Tensor here = schedule.epsilon(xt, prediction.x0Hat(), t);
    Tensor there = schedule.epsilon(euler, ahead.at(euler, t - 1).x0Hat(), t - 1);
    double way = schedule.sqrtRecipm1AlphaCumprod(t - 1) - schedule.sqrtRecipm1AlphaCumprod(t);
    return euler.add(scale(there.sub(here), Math.sqrt(schedule.alphaCumprod(t - 1)) * way / 2));
  }

  @Override
  public int evaluations(int steps) {
    return 2 * steps - 1;
  }

  @Override
  public boolean isNoisy() {
    return false;
  }
}
