package org.tiltlens.tilting;

import java.util.Arrays;

/**
 * Standard errors of one run of sequential Monte Carlo, from who descends from whom.
 *
 * <pre>
 *   W_e = sum of W_i over the descendants of first-generation particle e
 *   Var[log Z] = n / (n - 1) sum_e (W_e - 1 / n)^2
 *   Var[m]     = n / (n - 1) sum_e (sum_i W_i (s_i - m))^2          i over the descendants of e
 * </pre>
 *
 * <p>Source: Chan and Lai 2013, section 3; Lee and Whiteley 2018, which this differs from in
 * leaving out the correction for multinomial resampling: systematic resampling adds little noise,
 * and what it adds counts here in full. Families are what is independent between particles, so the
 * error is worth as much as there are families left: with a handful it is far too low.
 */
public final class Genealogy {
  private Genealogy() {}

  /**
   * The mean of a number of each particle.
   *
   * @param eves first-generation ancestor of each particle, in 0 .. n - 1
   */
  public static Estimate mean(LogWeights weights, int[] eves, double... values) {
    // The mean and its error do not depend on beta or log Z.
    return estimate(weights, eves, values, 0, 0).mean();
  }

  /**
   * The tilt that the particles sample.
   *
   * @param eves first-generation ancestor of each particle, in 0 .. n - 1
   * @param scores s of each particle
   * @param logZ the run's estimate
   */
  public static TiltEstimate estimate(
      LogWeights weights, int[] eves, double[] scores, double beta, double logZ) {
    return estimate(weights, eves, weights.size(), scores, beta, logZ);
  }

  /**
   * The same for particles that were drawn from more, or fewer, of the first generation.
   *
   * @param eves first-generation ancestor of each particle, in 0 .. n - 1
   * @param n how many the first generation were, each of equal weight
   */
  public static TiltEstimate estimate(
      LogWeights weights, int[] eves, int n, double[] scores, double beta, double logZ) {
    double[] w = weights.values();
    double mean = 0;
    for (int i = 0; i < w.length; i++) {
      mean += w[i] * scores[i];
    }
    double[] inLogZ = new double[n];
    double[] inMean = new double[n];
    Arrays.fill(inLogZ, -1.0 / n);
    for (int i = 0; i < w.length; i++) {
      inLogZ[eves[i]] += w[i];
      inMean[eves[i]] += w[i] * (scores[i] - mean);
    }
    double[] inKl = new double[n];
    Arrays.setAll(inKl, e -> beta * inMean[e] - inLogZ[e]);
    return new TiltEstimate(
        new Estimate(logZ, standardError(inLogZ)),
        new Estimate(mean, standardError(inMean)),
        new Estimate(beta * mean - logZ, standardError(inKl)));
  }

  private static double standardError(double[] families) {
    double n = families.length;
    double squares = Arrays.stream(families).map(x -> x * x).sum();
    return n == 1 ? Double.POSITIVE_INFINITY : Math.sqrt(n / (n - 1) * squares);
  }
}
