package org.tiltlens.tilting;

/**
 * Where the mean score should be: at an activation, or at a percentile of the corpus' scores.
 *
 * @param activation E_q[s] wanted; null if a percentile is given
 * @param percentile the corpus percentile of E_q[s] wanted, in (0, 100); null if an activation is
 *     given. In a result both stand, the one that was asked for and what it comes to
 */
public record Target(Double activation, Double percentile) {
  public Target {
    if (activation == null && percentile == null) {
      throw new IllegalArgumentException("a target needs an activation or a percentile");
    }
    if (activation != null && !Double.isFinite(activation)) {
      throw new IllegalArgumentException(
          "illegal `activation`: " + activation + ", must be a finite number");
    }
    if (percentile != null && !(percentile >= 0 && percentile <= 100)) {
      throw new IllegalArgumentException(
          "illegal `targetPercentile`: " + percentile + ", must be in 0..100");
    }
  }

  /** An activation to reach. */
  public static Target activation(double activation) {
    return new Target(activation, null);
  }

  /** A percentile of the corpus to reach. */
  public static Target percentile(double percentile) {
    return new Target(null, percentile);
  }
}
