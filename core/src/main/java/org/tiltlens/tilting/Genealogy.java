package org.tiltlens.tilting;

import java.util.Arrays;

/**
 * Standard errors of one run of sequential Monte Carlo, from who descends from whom.
 *
 * <pre>
 *   W_e = sum of W_i, S_e = sum of W_i s_i over the descendants of first-generation particle e
 *   log Z_-e = log Z + log(1 - W_e) + log(n / (n - 1))      m_-e = (m - S_e) / (1 - W_e)
 *   se^2 = (n - 1) / n sum_e (theta_-e - mean theta_-.)^2
 * </pre>
 *
 * <p>The jackknife over families (Tukey; Efron and Stein 1981), which are what is independent
 * between particles. Where all families are small it is the estimator of Chan and Lai 2013, section
 * 3, and of Lee and Whiteley 2018 but for their correction for multinomial resampling: systematic
 * resampling adds little noise, and what it adds counts here in full. A family that carries much of
 * the weight counts for what is left without it, and one that carries all leaves errors without
 * end. Modes that no family is in are not seen.
 */
public final class Genealogy {
  /** Of a family with all the weight, what rounding may leave to others. */
  private static final double ROUNDING = 1e-12;

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
    double[] share = new double[n];
    double[] score = new double[n];
    for (int i = 0; i < w.length; i++) {
      share[eves[i]] += w[i];
      score[eves[i]] += w[i] * (scores[i] - mean);
    }
    double[] logZs = new double[n];
    double[] means = new double[n];
    double[] kls = new double[n];
    for (int e = 0; e < n; e++) {
      double rest = 1 - share[e];
      if (rest < ROUNDING) {
        return new TiltEstimate(
            new Estimate(logZ, Double.POSITIVE_INFINITY),
            new Estimate(mean, Double.POSITIVE_INFINITY),
            new Estimate(beta * mean - logZ, Double.POSITIVE_INFINITY));
      }
      logZs[e] = Math.log(rest);
      means[e] = -score[e] / rest;
      kls[e] = beta * means[e] - logZs[e];
    }
    return new TiltEstimate(
        new Estimate(logZ, standardError(logZs)),
        new Estimate(mean, standardError(means)),
        new Estimate(beta * mean - logZ, standardError(kls)));
  }

  private static double standardError(double[] without) {
    double n = without.length;
    double mean = Arrays.stream(without).average().orElseThrow();
    double squares = Arrays.stream(without).map(x -> (x - mean) * (x - mean)).sum();
    return n == 1 ? Double.POSITIVE_INFINITY : Math.sqrt((n - 1) / n * squares);
  }
}
