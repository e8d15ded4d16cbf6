package org.tiltlens.tilting;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * Weights of particles, as logarithms and summing to 1: the arithmetic of sequential Monte Carlo.
 *
 * <p>Source: Doucet and Johansen 2009, section 3. Immutable.
 */
public final class LogWeights {
  private final double[] logs;

  private LogWeights(double[] logs) {
    this.logs = logs;
  }

  /** The same weight for each of {@code n} particles. */
  public static LogWeights uniform(int n) {
    return of(new double[n]);
  }

  /**
   * The weights {@code exp(logs)} divided by their sum.
   *
   * @param logs at least one; minus infinity is a weight of 0
   * @throws IllegalArgumentException if all weights are 0 or one is infinite or not a number
   */
  public static LogWeights of(double... logs) {
    double highest = Arrays.stream(logs).max().orElse(Double.NaN);
    if (!Double.isFinite(highest)) {
      throw new IllegalArgumentException(
          "the highest of "
              + logs.length
              + " particles' log weights is "
              + highest
              + ": expected a finite number; is a score not finite?");
    }
    // In two steps: small differences between large numbers keep their digits.
    double[] relative = Arrays.stream(logs).map(log -> log - highest).toArray();
    double sum = logSumExp(relative);
    return new LogWeights(Arrays.stream(relative).map(log -> log - sum).toArray());
  }

  /**
   * The weights that {@link #logs} gave, bit for bit.
   *
   * @throws IllegalArgumentException if they do not sum to 1
   */
  public static LogWeights restored(double... logs) {
    double total = logSumExp(logs);
    if (!(Math.abs(total) < 1e-9)) {
      throw new IllegalArgumentException(
          logs.length + " saved weights sum to exp(" + total + "), must sum to 1");
    }
    return new LogWeights(logs.clone());
  }

  /** {@code log sum exp(x_i)}, without overflow. */
  static double logSumExp(double... x) {
    double highest = Double.NEGATIVE_INFINITY;
    for (double each : x) {
      highest = Math.max(highest, each);
    }
    if (!Double.isFinite(highest)) {
      return highest;
    }
    double sum = 0;
    for (double each : x) {
      sum += Math.exp(each - highest);
    }
    return highest + Math.log(sum);
  }

  public int size() {
    return logs.length;
  }

  /** log W_i; a copy. */
  public double[] logs() {
    return logs.clone();
  }

  /** W_i, summing to 1. */
  public double[] values() {
    return Arrays.stream(logs).map(Math::exp).toArray();
  }

  /** {@code W_i exp(f_i)}, normalised. */
  public LogWeights times(double[] logFactors) {
    return of(products(logFactors));
  }

  /** {@code log sum_i W_i exp(f_i)}: the logarithm of the factors' weighted mean. */
  public double logMean(double[] logFactors) {
    return logSumExp(products(logFactors));
  }

  private double[] products(double[] logFactors) {
    double[] products = logs.clone();
    for (int i = 0; i < products.length; i++) {
      products[i] += logFactors[i];
    }
    return products;
  }

  /** Effective sample size {@code 1 / sum_i W_i^2}, from 1 to n. */
  public double ess() {
    return 1 / Arrays.stream(values()).map(weight -> weight * weight).sum();
  }

  /** As many chosen particles as there are, by {@link #systematic(double, int)}. */
  public int[] systematic(double u) {
    return systematic(u, logs.length);
  }

  /**
   * Systematic resampling: particle i is chosen {@code floor} or {@code ceil} of n W_i times.
   *
   * <p>Carpenter, Clifford and Fearnhead 1999: the points {@code (u + i) / n} on the cumulated
   * weights.
   *
   * @param u uniform in [0, 1)
   * @param n how many to choose
   * @return n chosen particles, ascending
   */
  public int[] systematic(double u, int n) {
    double[] values = values();
    // Rounding must not carry a point beyond it, to a particle of no weight.
    int last = values.length - 1;
    while (values[last] == 0) {
      last--;
    }
    int[] chosen = new int[n];
    int particle = 0;
    double upTo = values[0];
    for (int i = 0; i < chosen.length; i++) {
      double point = (u + i) / chosen.length;
      while (upTo <= point && particle < last) {
        particle++;
        upTo += values[particle];
      }
      chosen[i] = particle;
    }
    return chosen;
  }

  /**
   * The same of particles in the order of a score, whose mean over the chosen is then off by no
   * more than the scores' range over n (Gerber, Chopin and Whiteley 2019, on ordered resampling).
   *
   * @param scores one per particle
   * @param u uniform in [0, 1)
   * @param n how many to choose
   * @return n chosen particles, ascending
   */
  public int[] systematic(double[] scores, double u, int n) {
    int[] order =
        IntStream.range(0, scores.length)
            .boxed()
            .sorted(Comparator.comparingDouble(i -> scores[i]))
            .mapToInt(Integer::intValue)
            .toArray();
    LogWeights ordered = new LogWeights(Arrays.stream(order).mapToDouble(i -> logs[i]).toArray());
    return Arrays.stream(ordered.systematic(u, n)).map(i -> order[i]).sorted().toArray();
  }

  /**
   * Independent draws, with replacement: the first particle whose weights up to its own exceed u.
   *
   * @param u one number per draw, uniform in [0, 1)
   * @return the drawn particles, in the draws' order
   */
  public int[] draw(double... u) {
    double[] upTo = values();
    Arrays.parallelPrefix(upTo, Double::sum);
    // Rounding may leave the whole a little below 1, and a particle of no weight must not be drawn.
    double whole = upTo[upTo.length - 1];
    return Arrays.stream(u).mapToInt(point -> firstAbove(point * whole, upTo)).toArray();
  }

  private static int firstAbove(double point, double[] ascending) {
    int low = 0;
    int high = ascending.length - 1;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (ascending[middle] > point) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low;
  }
}
