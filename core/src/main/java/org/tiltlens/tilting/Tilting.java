package org.tiltlens.tilting;

/**
 * Finds the tilt that reaches a wanted mean score.
 *
 * <p>m(beta) grows strictly from the lowest score (beta to minus infinity) over the plain mean
 * (beta = 0) to the highest (beta to infinity), so every value between has exactly one beta.
 */
public final class Tilting {
  private static final double PRECISION = 1e-15;

  private Tilting() {}

  /**
   * beta with E_q[s] = {@code mean}: the maximum of the concave dual {@code beta mean - log
   * Z(beta)}.
   *
   * <p>Newton's method, {@code beta -= (m(beta) - mean) / Var_q[s]}, inside a bracket; bisection on
   * log |beta| wherever a Newton step leaves the bracket or does not halve the step before.
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
    double low = Math.max(Double.MIN_NORMAL, 1 / (sample.max() - sample.min()));
    while (excess(sample.tilted(sign * low), mean) >= 0) {
      low /= 2;
      if (low < Double.MIN_NORMAL) {
        return 0; // The corpus' own mean but for rounding.
      }
    }
    double high = 2 * low;
    while (excess(sample.tilted(sign * high), mean) < 0) {
      low = high;
      high *= 2;
      if (Double.isInfinite(high)) {
        throw outOfReach(sample, mean);
      }
    }
    return sign * between(low, high, sample, sign, mean);
  }

  private static double between(
      double low, double high, ScoreSample sample, int sign, double mean) {
    double beta = low;
    double lastStep = Double.POSITIVE_INFINITY;
    while (true) {
      TiltedScores tilt = sample.tilted(sign * beta);
      double excess = excess(tilt, mean);
      if (excess < 0) {
        low = beta;
      } else {
        high = beta;
      }
      double next = beta - excess / tilt.variance();
      boolean newton = next > low && next < high && Math.abs(next - beta) <= lastStep / 2;
      if (!newton) {
        next = Math.sqrt(low) * Math.sqrt(high);
      }
      lastStep = newton ? Math.abs(next - beta) : high - low;
      if (lastStep <= PRECISION * beta || next <= low || next >= high) {
        return beta;
      }
      beta = next;
    }
  }

  /** How much farther from the corpus' own mean than wanted the tilt's is. */
  private static double excess(TiltedScores tilt, double mean) {
    return tilt.beta() > 0 ? tilt.meanAbove(mean) : -tilt.meanAbove(mean);
  }

  /**
   * beta with E_q[s] at a percentile of the corpus' scores.
   *
   * @param percentile in [0, 100], below that of the highest score and above that of the lowest
   * @throws IllegalArgumentException if no tilt reaches it; the message says what is in reach
   */
  public static double solvePercentile(ScoreSample sample, double percentile) {
    double mean = sample.scoreAt(percentile);
    if (sample.min() < sample.max() && (mean == sample.min() || mean == sample.max())) {
      throw new IllegalArgumentException(
          "percentile "
              + percentile
              + " is the score "
              + mean
              + ", an end of the corpus' scores, which no tilt reaches: ask for one between the"
              + " ends");
    }
    return solve(sample, mean);
  }

  /**
   * The least KL to the corpus, in nats, of any distribution on its images with this mean score:
   * the tilt's, {@code max_beta beta mean - log Z(beta)}.
   *
   * <p>At the highest and lowest score it is the limit of infinite tilt, {@code log(N / images at
   * that score)}.
   *
   * @throws IllegalArgumentException if the mean is outside of the corpus' scores
   */
  public static double leastKl(ScoreSample sample, double mean) {
    if (mean == sample.max() || mean == sample.min()) {
      long images = 0;
      for (int i = 0; i < sample.entries(); i++) {
        images += sample.score(i) == mean ? sample.count(i) : 0;
      }
      return Math.log((double) sample.size() / images);
    }
    return sample.tilted(solve(sample, mean)).kl();
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
