package org.tiltlens.metrics;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * Spearman's correlation: how nearly one number rises whenever another does, whatever the shape of
 * the rise.
 *
 * <pre>
 *   rho = correlation of rank(x_i) with rank(y_i)
 * </pre>
 *
 * <p>Spearman 1904; equal numbers share the mean of their ranks.
 */
public final class RankCorrelation {
  private RankCorrelation() {}

  /**
   * The correlation, in [-1, 1].
   *
   * @param x numbers, at least 2, not all equal
   * @param y as many, not all equal
   * @throws IllegalArgumentException if their numbers differ, are too few, not finite, or all equal
   */
  public static double of(double[] x, double[] y) {
    if (x.length != y.length || x.length < 2) {
      throw new IllegalArgumentException(
          x.length + " and " + y.length + " numbers: expected as many of both, at least 2");
    }
    PairedSample ranks = PairedSample.of(ranks(x), ranks(y));
    if (ranks.varianceX() == 0 || ranks.varianceY() == 0) {
      throw new IllegalArgumentException(
          "a rank correlation of " + x.length + " numbers that are all equal: give different ones");
    }
    return ranks.correlation();
  }

  /** Ranks from 1, equal numbers at the mean of theirs. */
  static double[] ranks(double... values) {
    Integer[] order =
        IntStream.range(0, values.length)
            .boxed()
            .sorted(Comparator.comparingDouble(i -> values[i]))
            .toArray(Integer[]::new);
    double[] ranks = new double[values.length];
    for (int first = 0; first < order.length; ) {
      int end = first;
      while (end < order.length && values[order[end]] == values[order[first]]) {
        end++;
      }
      double shared = (first + 1 + end) / 2.0;
      Arrays.stream(order, first, end).forEach(i -> ranks[i] = shared);
      first = end;
    }
    return ranks;
  }
}
