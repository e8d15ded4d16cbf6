package org.tiltlens.metrics;

import java.util.Arrays;
import org.tiltlens.tilting.Estimate;

/**
 * Pairs of numbers, and the straight line {@code y = E[y] + b (x - E[x]) + e} of least squares
 * through them.
 *
 * @param x of each pair, less {@code meanX}
 * @param y of each pair, less {@code meanY}
 */
record PairedSample(double meanX, double meanY, double[] x, double[] y) {

  /** Two numbers of as many things each, at least 1. */
  static PairedSample of(double[] x, double[] y) {
    double meanX = mean(x);
    double meanY = mean(y);
    return new PairedSample(meanX, meanY, less(x, meanX), less(y, meanY));
  }

  /** Between the smallest and the largest despite rounding: equal numbers are their own mean. */
  private static double mean(double... values) {
    double low = Arrays.stream(values).min().orElseThrow();
    double high = Arrays.stream(values).max().orElseThrow();
    return Math.max(low, Math.min(high, Arrays.stream(values).average().orElseThrow()));
  }

  private static double[] less(double[] values, double mean) {
    return Arrays.stream(values).map(value -> value - mean).toArray();
  }

  int size() {
    return x.length;
  }

  double varianceX() {
    return meanProduct(x, x);
  }

  double varianceY() {
    return meanProduct(y, y);
  }

  private static double meanProduct(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum / a.length;
  }

  /** b; not a number if all x are equal. */
  double slope() {
    return meanProduct(x, y) / varianceX();
  }

  /** Pearson's; 0 if all x or all y are equal. */
  double correlation() {
    double product = Math.sqrt(varianceX()) * Math.sqrt(varianceY());
    return product == 0 ? 0 : meanProduct(x, y) / product;
  }

  /**
   * {@link #correlation} with its standard error by the delta method, whatever the distribution:
   * {@code se^2 = sum_i (u_i v_i - r (u_i^2 + v_i^2) / 2)^2 / n^2} of the standardised u and v.
   */
  Estimate correlationWithError() {
    double r = correlation();
    double deviationX = Math.sqrt(varianceX());
    double deviationY = Math.sqrt(varianceY());
    double squares = 0;
    for (int i = 0; i < x.length; i++) {
      double u = x[i] / deviationX;
      double v = y[i] / deviationY;
      double moved = u * v - r * (u * u + v * v) / 2;
      squares += moved * moved;
    }
    return new Estimate(r, Math.sqrt(squares) / x.length);
  }
}
