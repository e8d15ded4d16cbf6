package org.tiltlens.tilting;

import java.util.Arrays;

/**
 * How far drawn samples are from the tilt they were meant to follow: an upper bound.
 *
 * <pre>
 *   KL(q || q_beta) = KL(q || p) - beta E_q[s] + log Z  <=  pathKL - beta E_q[s] + log Z
 * </pre>
 *
 * <p>Source: the identity of exponential families, with KL(q || p) bounded by the KL of the whole
 * sampling paths (data processing inequality). Zero says that the samples are q_beta's; a loose
 * path KL makes it large without proving them wrong.
 */
public final class Certificate {
  private Certificate() {}

  /**
   * The bound in nats. Its error takes in that path KL and score belong to the same samples.
   *
   * @param pathKl of each sample drawn from q, its path's terms {@code sum_t |shift|^2 / (2
   *     Sigma_t)}
   * @param scores s of each sample
   * @param logZ log E_p[exp(beta s)], from other draws than these samples
   */
  public static Estimate bound(double[] pathKl, double[] scores, double beta, Estimate logZ) {
    return bound(pathKl, scores, beta, new double[scores.length]).plus(logZ);
  }

  /**
   * The bound where log Z comes from the same samples.
   *
   * @param logZ of each sample; their mean estimates log E_p[exp(beta s)]
   */
  public static Estimate bound(double[] pathKl, double[] scores, double beta, double[] logZ) {
    if (pathKl.length != scores.length || logZ.length != scores.length) {
      throw new IllegalArgumentException(
          "%d path KLs with %d scores and %d log Z: expected one each"
              .formatted(pathKl.length, scores.length, logZ.length));
    }
    double[] each = new double[scores.length];
    Arrays.setAll(each, i -> pathKl[i] - beta * scores[i] + logZ[i]);
    return Estimate.ofMean(each);
  }
}
