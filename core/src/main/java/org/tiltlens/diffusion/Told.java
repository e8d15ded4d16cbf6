package org.tiltlens.diffusion;

/** How a network is told how noisy its images are. */
public enum Told {
  /** By the number of the step. */
  STEP,
  /** By the number of the step on a scale of 1000, whatever their number. */
  OF_THOUSAND,
  /** By the standard deviation of the noise beside the image, {@code sqrt((1 - abar) / abar)}. */
  SIGMA;

  /** What it is told of one step. */
  double of(NoiseSchedule schedule, int t) {
    return switch (this) {
      case STEP -> schedule.timestep(t);
      case OF_THOUSAND -> schedule.timestep(t) * (1000.0 / schedule.baseSteps());
      case SIGMA -> schedule.sqrtRecipm1AlphaCumprod(t);
    };
  }
}
