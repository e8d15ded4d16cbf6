package org.tiltlens.tilting;

import java.util.Arrays;

/**
 * A corpus' images weighted by {@code exp(sum_k beta_k s_k)}: several scores tilted at once.
 *
 * <pre>
 *   w_i = exp(beta . s_i) / sum_j exp(beta . s_j)      A(beta) = log Z = log mean_i exp(beta . s_i)
 *   m = dA / dbeta = sum_i w_i s_i      C = d^2A / dbeta^2 = Cov_w[s]      KL = beta . m - A
 * </pre>
 *
 * <p>Of all distributions on the corpus with the mean scores m it has the least KL, as for one
 * score ({@link TiltedScores}). Computed in log space.
 */
public final class JointTilt {
  private final double[][] scores;
  private final double[] betas;
  private final LogWeights weights;
  private final double logZ;
  private final double[] means;
  private final double[][] covariance;

  /** The scores' sum, each times its beta. */
  private final double[] sums;

  JointTilt(double[][] scores, double[] betas) {
    this.scores = scores;
    this.betas = betas.clone();
    double[] logs = new double[scores.length];
    for (int i = 0; i < logs.length; i++) {
      for (int k = 0; k < betas.length; k++) {
        logs[i] += betas[k] * scores[i][k];
      }
    }
    weights = LogWeights.of(logs);
    logZ = LogWeights.logSumExp(logs) - Math.log(logs.length);
    double[] shares = weights.values();
    means = new double[betas.length];
    for (int i = 0; i < logs.length; i++) {
      for (int k = 0; k < betas.length; k++) {
        means[k] += shares[i] * scores[i][k];
      }
    }
    covariance = new double[betas.length][betas.length];
    for (int i = 0; i < logs.length; i++) {
      for (int k = 0; k < betas.length; k++) {
        for (int l = 0; l < betas.length; l++) {
          covariance[k][l] += shares[i] * (scores[i][k] - means[k]) * (scores[i][l] - means[l]);
        }
      }
    }
    sums = logs;
  }

  /** Of each score on the sum: {@code C beta / (beta . C beta)}. */
  private double[] slopes() {
    double[] with = new double[betas.length];
    double variance = 0;
    for (int k = 0; k < betas.length; k++) {
      for (int l = 0; l < betas.length; l++) {
        with[k] += covariance[k][l] * betas[l];
      }
      variance += betas[k] * with[k];
    }
    double all = variance;
    return Arrays.stream(with).map(each -> all > 0 ? each / all : 0).toArray();
  }

  /** Tilt strengths, one per score; a copy. */
  public double[] betas() {
    return betas.clone();
  }

  /** The weight of each image; they add up to 1. */
  public double[] weights() {
    return weights.values();
  }

  /** log Z(beta) = A(beta). */
  public double logZ() {
    return logZ;
  }

  /** E_q[s_k]; a copy. */
  public double[] means() {
    return means.clone();
  }

  /**
   * E_q[s_k] with the standard error it has as an estimate for the p that the images were drawn
   * from, by the jackknife: without image i the mean is off by {@code w_i (s_i - m) / (1 - w_i)}.
   *
   * <p>Source: as for {@link TiltedScores#estimate}, and widened as there.
   */
  public Estimate mean(int k) {
    double[] shares = weights.values();
    double n = shares.length;
    double[] off = new double[shares.length];
    double average = 0;
    for (int i = 0; i < off.length; i++) {
      off[i] = shares[i] * (scores[i][k] - means[k]) / (1 - shares[i]);
      average += off[i] / n;
    }
    double squares = 0;
    for (double each : off) {
      squares += (each - average) * (each - average);
    }
    double error = Math.sqrt((n - 1) / n * squares);
    Estimate seen = new Estimate(means[k], Double.isNaN(error) ? Double.POSITIVE_INFINITY : error);
    ScoreSample all = ScoreSample.of(sums);
    return UnseenTail.of(all.tilted(1), all).allowedFor(seen, slopes()[k]);
  }

  /** Cov_q[s_k, s_l]; a copy. */
  public double[][] covariance() {
    return Arrays.stream(covariance).map(double[]::clone).toArray(double[][]::new);
  }

  /** KL(q_beta || p) in nats. */
  public double kl() {
    double product = 0;
    for (int k = 0; k < betas.length; k++) {
      product += betas[k] * means[k];
    }
    return Math.max(0, product - logZ);
  }

  /** Effective number of images, from 1 to N. */
  public double ess() {
    return weights.ess();
  }
}
