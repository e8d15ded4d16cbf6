package org.tiltlens.diffusion;

import java.util.Arrays;

/**
 * Noise levels that are dense where little noise is left, highest first.
 *
 * <pre>
 * sigma_i = (max^(1/rho) + i / (N - 1) (min^(1/rho) - max^(1/rho)))^rho      i = 0 .. N - 1
 * </pre>
 *
 * <p>Karras et al. 2022, arXiv 2206.00364, equation 5. After the last level comes 0.
 *
 * @param steps N, at least 2
 * @param min the lowest level
 * @param max the highest level
 * @param rho how much denser the low levels are
 */
public record KarrasSigmas(int steps, double min, double max, double rho) {
  private static final int MOST_STEPS = 1_000_000;

  public KarrasSigmas {
    if (steps < 2 || steps > MOST_STEPS) {
      throw new IllegalArgumentException(steps + " noise levels, must be in 2.." + MOST_STEPS);
    }
    if (!(min > 0 && min < max && max < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(
          "noise levels from " + max + " to " + min + ", must be finite, fall and end above 0");
    }
    if (!(rho >= 1 && rho < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException("rho " + rho + ", must be a finite number of at least 1");
    }
  }

  /** EDM's: from 80 to 0.002 with rho = 7. */
  public static KarrasSigmas edm(int steps) {
    return new KarrasSigmas(steps, 0.002, 80, 7);
  }

  /** The levels, highest first; the last is the lowest above 0. */
  public double[] levels() {
    double from = Math.pow(max, 1 / rho);
    double to = Math.pow(min, 1 / rho);
    double[] levels = new double[steps];
    Arrays.setAll(levels, i -> Math.pow(from + i / (steps - 1.0) * (to - from), rho));
    return levels;
  }
}
