package org.tiltlens.diffusion;

import static org.tiltlens.torch.Tensors.scale;

import org.bytedeco.pytorch.Tensor;

/**
 * DPM-Solver++(2M): deterministic steps of second order, each reading the x0Hat of this step and of
 * the one before, so that some 20 steps do what DDIM needs many more for.
 *
 * <pre>
 * lambda_t = log(sqrt(abar_t) / sqrt(1 - abar_t))      h = lambda_{t-1} - lambda_t
 * D        = x0Hat_t + h / (2 h_before) (x0Hat_t - x0Hat_{t+1})
 * x_{t-1}  = sigma_{t-1} / sigma_t x_t - sqrt(abar_{t-1}) (exp(-h) - 1) D      sigma_t = sqrt(1 - abar_t)
 * </pre>
 *
 * <p>Source: Lu et al. 2022, "DPM-Solver++", algorithm 2, with {@code r = h_before / h}. The first
 * and the last step are of first order, which is DDIM's: there is no step before the one, and h is
 * infinite in the other (their lower_order_final). Noise has no effect.
 */
public record DpmSolver() implements ReverseStep {
  /** The first step: of first order. */
  @Override
  public Tensor step(
      NoiseSchedule schedule, Prediction prediction, Tensor xt, int t, Tensor noise) {
    return step(schedule, prediction.x0Hat(), null, xt, t);
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
    return step(schedule, prediction.x0Hat(), before, xt, t);
  }

  @Override
  public boolean readsBefore() {
    return true;
  }

  /**
   * One step.
   *
   * @param x0Hat the clean estimate at {@code xt}, guided or not
   * @param before the clean estimate that the step from {@code t + 1} read, or null at the first
   *     step
   * @return x_{t-1}
   */
  public static Tensor step(NoiseSchedule schedule, Tensor x0Hat, Tensor before, Tensor xt, int t) {
    if (t == 0) {
      return x0Hat;
    }
    double h = lambda(schedule, t - 1) - lambda(schedule, t);
    Tensor d = x0Hat;
    if (before != null) {
      double hBefore = lambda(schedule, t) - lambda(schedule, t + 1);
      d = x0Hat.add(scale(x0Hat.sub(before), h / (2 * hBefore)));
    }
    double shrink = sigma(schedule, t - 1) / sigma(schedule, t);
    return scale(xt, shrink)
        .sub(scale(d, Math.sqrt(schedule.alphaCumprod(t - 1)) * Math.expm1(-h)));
  }

  private static double lambda(NoiseSchedule schedule, int t) {
    return Math.log(Math.sqrt(schedule.alphaCumprod(t)) / sigma(schedule, t));
  }

  private static double sigma(NoiseSchedule schedule, int t) {
    return Math.sqrt(1 - schedule.alphaCumprod(t));
  }

  @Override
  public boolean isNoisy() {
    return false;
  }
}
