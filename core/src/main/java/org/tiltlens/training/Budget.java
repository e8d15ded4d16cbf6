package org.tiltlens.training;

/**
 * When a training ends, counted over all its resumed parts.
 *
 * @param steps so many steps in all, at least 1; {@link Long#MAX_VALUE}: no limit
 * @param seconds so much time in all, above 0; infinite: no limit
 */
public record Budget(long steps, double seconds) {
  public Budget {
    if (steps < 1 || !(seconds > 0)) {
      throw new IllegalArgumentException(
          "a training of " + steps + " steps and " + seconds + " seconds: both must be positive");
    }
  }

  /** So many steps in all. */
  public static Budget steps(long steps) {
    return new Budget(steps, Double.POSITIVE_INFINITY);
  }

  /** So many minutes in all. */
  public static Budget minutes(double minutes) {
    return new Budget(Long.MAX_VALUE, minutes * 60);
  }

  boolean spent(long stepsDone, double secondsGone) {
    return stepsDone >= steps || secondsGone >= seconds;
  }
}
