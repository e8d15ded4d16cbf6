package org.tiltlens.tilting;

import java.util.function.LongToDoubleFunction;

/**
 * Standard error of a mean score whose weights depend on the images' ranks alone (an L-statistic).
 *
 * <pre>
 *   mean = integral_0^1 F^-1(u) g(u) du        se^2 = Var[h(s)] / N,   h(x) = integral^x g(F(t)) dt
 * </pre>
 *
 * <p>Source: Serfling 1980, section 8.1; h is the influence function but for a constant. The error
 * is that of an estimate for the p that the corpus' images were drawn from independently.
 */
final class RankStatistic {
  private RankStatistic() {}

  /**
   * The standard error; infinite for a sample of one image.
   *
   * @param g density of the weights where so many images of the sample lie below
   */
  static double standardError(ScoreSample sample, LongToDoubleFunction g) {
    double n = sample.size();
    if (n == 1) {
      return Double.POSITIVE_INFINITY;
    }
    double[] h = new double[sample.entries()];
    double mean = 0;
    long below = sample.count(0);
    for (int i = 1; i < h.length; i++) {
      h[i] = h[i - 1] + g.applyAsDouble(below) * (sample.score(i) - sample.score(i - 1));
      mean += h[i] * (sample.count(i) / n);
      below += sample.count(i);
    }
    double squares = 0;
    for (int i = 0; i < h.length; i++) {
      squares += sample.count(i) * (h[i] - mean) * (h[i] - mean);
    }
    return Math.sqrt(squares / n / (n - 1));
  }
}
