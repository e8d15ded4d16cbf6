package org.tiltlens.tilting;

/**
 * Finds the tilt that reaches a wanted mean score.
 *
 * <p>m(beta) grows strictly from the lowest score (beta to minus infinity) over the plain mean
 * (beta = 0) to the highest (beta to infinity), so every value between has exactly one beta.
 */
public final class Tilting {
  private static final double PRECISION = 1e-14;

  private Tilting() {}

  /**
   * beta with E_q[s] = {@code mean}, by bisection on log |beta|.
   *
   * @return positive for a mean above the corpus' own, negative below
   * @throws IllegalArgumentException if no tilt reaches it; the message says what is in reach
   */
  public static double solve(ScoreSample sample, double mean) {
    if (mean == sample.mean()) {
      return 0;
    }
    if (!(mean > sample.min() && mean < sample.max())) {
      throw outOfReach(sample, mean);
    }
    int sign = mean > sample.mean() ? 1 : -1;
    double low = 1 / (sample.max() - sample.min());
    while (passes(sample, sign * low, mean)) {
      low /= 2;
      if (low < Double.MIN_NORMAL) {
        return 0; // The corpus' own mean but for rounding.
      }
    }
    double high = 2 * low;
    while (!passes(sample, sign * high, mean)) {
      low = high;
      high *= 2;
      if (Double.isInfinite(high)) {
        throw outOfReach(sample, mean);
      }
    }
    while (high / low > 1 + PRECISION) {
      double middle = Math.sqrt(low) * Math.sqrt(high);
      if (middle <= low || middle >= high) {
        break;
      }
      if (passes(sample, sign * middle, mean)) {
        high = middle;
      } else {
        low = middle;
      }
    }
    return sign * low;
  }

  /** Whether a tilt moves the mean at least as far from the corpus' own as wanted. */
  private static boolean passes(ScoreSample sample, double beta, double mean) {
    double reached = sample.tilted(beta).mean();
    return beta > 0 ? reached >= mean : reached <= mean;
  }

  private static IllegalArgumentException outOfReach(ScoreSample sample, double mean) {
    return new IllegalArgumentException(
        "a mean score of "
            + mean
            + " is out of reach of any tilt: the corpus' "
            + sample.size()
            + " images score between "
            + sample.min()
            + " and "
            + sample.max()
            + ", so ask for less than the highest and more than the lowest");
  }
}
