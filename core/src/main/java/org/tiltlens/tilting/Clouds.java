package org.tiltlens.tilting;

import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Standard errors of independent clouds of particles that are weighted together.
 *
 * <pre>
 *   Z = mean of Z_r        weight of particle i of cloud r:  Z_r W_i / sum of Z_r
 *   se = the larger of
 *        that of the {@link Genealogy} of all particles, and
 *        t(R - 1) / 2 times the jackknife's over the R clouds
 * </pre>
 *
 * <p>A cloud's own particles do not tell what none of them found: where a tilt has several modes,
 * clouds that went to different ones say so by their spread alone. A spread of few clouds is itself
 * a draw, so it is widened by the 97.5th percentile t of Student's t at R - 1 degrees of freedom,
 * halved: value +- 2 standard errors is a 95 % interval whatever R is. For four clouds the factor
 * is 1.59, for two 6.35.
 */
public final class Clouds {
  private Clouds() {}

  /**
   * The tilt that the particles sample.
   *
   * @param weights of all particles
   * @param eves first-generation ancestor of each particle, in 0 .. n - 1
   * @param clouds the cloud of each particle, in 0 .. R - 1, each with one at least
   * @param scores s of each particle
   * @param logZ log of the mean of the clouds' Z
   */
  public static TiltEstimate estimate(
      LogWeights weights, int[] eves, int[] clouds, double[] scores, double beta, double logZ) {
    TiltEstimate within = Genealogy.estimate(weights, eves, scores, beta, logZ);
    int many = 1 + Arrays.stream(clouds).max().orElseThrow();
    if (many == 1) {
      return within;
    }
    // A cloud is to the clouds what a family is to the particles.
    return larger(within, Genealogy.estimate(weights, clouds, many, scores, beta, logZ), many);
  }

  /**
   * Each number with the larger of two errors.
   *
   * @param within with what the runs know by themselves
   * @param between with the jackknife's over the runs, which is widened here
   * @param runs how many, at least 2
   */
  public static TiltEstimate larger(TiltEstimate within, TiltEstimate between, int runs) {
    double factor = StudentT.widening(runs - 1);
    return new TiltEstimate(
        larger(within.logZ(), between.logZ(), factor),
        larger(within.mean(), between.mean(), factor),
        larger(within.kl(), between.kl(), factor));
  }

  /**
   * The mean of a number of each particle.
   *
   * @param eves as above
   * @param clouds as above
   */
  public static Estimate mean(LogWeights weights, int[] eves, int[] clouds, double... values) {
    // The mean and its error do not depend on beta or log Z.
    return estimate(weights, eves, clouds, values, 0, 0).mean();
  }

  /** The weight of each cloud: that of its particles together. */
  public static double[] shares(LogWeights weights, int... clouds) {
    double[] shares = new double[1 + Arrays.stream(clouds).max().orElseThrow()];
    double[] w = weights.values();
    IntStream.range(0, w.length).forEach(i -> shares[clouds[i]] += w[i]);
    return shares;
  }

  private static Estimate larger(Estimate within, Estimate between, double factor) {
    return new Estimate(
        within.value(), Math.max(within.standardError(), factor * between.standardError()));
  }
}
