package org.tiltlens.synthesis;

import org.tiltlens.feature.Ramp;

/**
 * How much of the guidance acts at a point of the run: a ramp that is cut to zero near the end.
 *
 * @param ramp factor of the guidance against the share of steps already taken, 0 or more
 * @param offAtEnd share of the last steps without any guidance, in [0, 1]
 */
public record Strength(Ramp ramp, double offAtEnd) {
  /** All of it, all the time. */
  public static final Strength FULL = new Strength(Ramp.constant(1), 0);

  /**
   * Nothing for the first 30 % of the run, then evenly up to all of it: for weighted particles.
   *
   * <p>While x_t is mostly noise, s(x0_hat) says little of s(x_0), and particles that are weighed
   * by it descend from one or two of the first; tempered, half of 64 leave descendants.
   */
  public static final Strength TEMPERED = new Strength(new Ramp(0, 1, 0.3, Ramp.Shape.LINEAR), 0);

  public Strength {
    if (ramp.from() < 0 || ramp.to() < 0) {
      throw new IllegalArgumentException(
          "`strength` "
              + ramp
              + ": must be 0 or more; what a unit is suppressed by has a negative"
              + " `beta`");
    }
    if (!(offAtEnd >= 0 && offAtEnd <= 1)) {
      throw new IllegalArgumentException(
          "`offAtEnd` "
              + offAtEnd
              + ": guidance off at the end, must be a share of the steps in [0, 1]");
    }
  }

  /** The factor once a share {@code progress} of the steps is taken; 0 turns guidance off. */
  public double at(double progress) {
    return progress >= 1 - offAtEnd ? 0 : ramp.value(progress);
  }
}
