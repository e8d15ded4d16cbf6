package org.tiltlens.diffusion;

import static org.tiltlens.torch.Tensors.scale;

import org.bytedeco.pytorch.Tensor;

/**
 * A step of a latent consistency model: to its clean image, and back to the next noise level.
 *
 * <pre>
 * f(x_t)  = c_skip x_t + c_out x0Hat          c_skip = s^2 / (u^2 + s^2)      u = scaling t
 * x_{t-1} = sqrt(abar_{t-1}) f + sqrt(1 - abar_{t-1}) z                      c_out  = u / sqrt(u^2 + s^2)
 * </pre>
 *
 * <p>Luo et al. 2023, arXiv 2310.04378, algorithm 3 and appendix; {@code LCMScheduler} of
 * diffusers. No noise at t = 0. Not for a prior that was not distilled: one step to its clean
 * estimate is blurred.
 *
 * @param deviation s, of the data, positive
 * @param scaling how the step counts, positive; t counts as the network is told it
 */
public record LcmStep(double deviation, double scaling) implements ReverseStep {
  public LcmStep {
    if (!(deviation > 0 && Double.isFinite(deviation) && scaling > 0 && Double.isFinite(scaling))) {
      throw new IllegalArgumentException(
          "LCM step of deviation %s and scaling %s: both must be positive"
              .formatted(deviation, scaling));
    }
  }

  /** As published: 0.5 and 10. */
  public LcmStep() {
    this(0.5, 10);
  }

  /** Weight of x_t at a timestep. */
  double skip(int timestep) {
    double u = timestep * scaling;
    return deviation * deviation / (u * u + deviation * deviation);
  }

  /** Weight of the clean estimate. */
  double out(int timestep) {
    double u = timestep * scaling;
    return u / Math.sqrt(u * u + deviation * deviation);
  }

  /** f. */
  Tensor clean(NoiseSchedule schedule, Prediction prediction, Tensor xt, int t) {
    int timestep = schedule.timestep(t);
    return scale(xt, skip(timestep)).add(scale(prediction.x0Hat(), out(timestep)));
  }

  @Override
  public Tensor step(
      NoiseSchedule schedule, Prediction prediction, Tensor xt, int t, Tensor noise) {
    Tensor clean = clean(schedule, prediction, xt, t);
    if (t == 0) {
      return clean;
    }
    double abar = schedule.alphaCumprodPrev(t);
    return scale(clean, Math.sqrt(abar)).add(scale(noise, Math.sqrt(1 - abar)));
  }

  @Override
  public boolean isNoisy() {
    return true;
  }
}
