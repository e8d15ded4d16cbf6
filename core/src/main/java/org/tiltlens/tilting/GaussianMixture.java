package org.tiltlens.tilting;

import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * A mixture of normal distributions, {@code p = sum_k pi_k N(mu_k, diag(S_k))}, whose tilts by a
 * linear score w.x are known exactly: mixtures again.
 *
 * <pre>
 *   a_k   = beta w.mu_k + beta^2 w'S_k w / 2          log Z = log sum_k pi_k exp(a_k)
 *   q_beta = sum_k pi_k exp(a_k - log Z) N(mu_k + beta S_k w, S_k)
 * </pre>
 *
 * <p>With one component {@code KL(q_beta || p) = beta^2 w'Sw / 2}. Weights are kept as logarithms,
 * so that a component of any weight survives. Immutable.
 */
public final class GaussianMixture {
  private final double[] logWeights;
  private final double[][] means;
  private final double[][] variances;

  private GaussianMixture(double[] logWeights, double[][] means, double[][] variances) {
    this.logWeights = logWeights;
    this.means = means;
    this.variances = variances;
  }

  /**
   * A mixture; arrays are copied.
   *
   * @param weights pi_k, positive; only their ratios count
   * @param means mu_k, K rows of D numbers
   * @param variances the diagonals of S_k, K rows of D positive numbers
   */
  public static GaussianMixture of(double[] weights, double[][] means, double[][] variances) {
    int k = weights.length;
    boolean fits = k > 0 && means.length == k && variances.length == k;
    for (int i = 0; fits && i < k; i++) {
      fits =
          weights[i] > 0
              && means[i].length == means[0].length
              && variances[i].length == means[0].length
              && Arrays.stream(variances[i]).allMatch(s -> s > 0);
    }
    if (!fits) {
      throw new IllegalArgumentException(
          "a mixture of "
              + k
              + " weights, "
              + means.length
              + " means and "
              + variances.length
              + " variances: expected one each, of one length, weights and variances positive");
    }
    double sum = Arrays.stream(weights).sum();
    return new GaussianMixture(
        Arrays.stream(weights).map(w -> Math.log(w / sum)).toArray(), copy(means), copy(variances));
  }

  /** The normal distribution N(mean, diag(variance)). */
  public static GaussianMixture gaussian(double[] mean, double[] variance) {
    return of(new double[] {1}, new double[][] {mean}, new double[][] {variance});
  }

  public int components() {
    return logWeights.length;
  }

  public int dimensions() {
    return means[0].length;
  }

  /** pi_k, summing to 1. */
  public double[] weights() {
    return Arrays.stream(logWeights).map(Math::exp).toArray();
  }

  /** mu_k of every component; a copy. */
  public double[][] means() {
    return copy(means);
  }

  /** The diagonal of S_k of every component; a copy. */
  public double[][] variances() {
    return copy(variances);
  }

  /** log E_p[exp(beta w.x)]. */
  public double logZ(double[] w, double beta) {
    return LogWeights.logSumExp(tiltedLogWeights(w, beta));
  }

  /** q_beta for the score w.x. */
  public GaussianMixture tilted(double[] w, double beta) {
    double[] tilted = tiltedLogWeights(w, beta);
    double logZ = LogWeights.logSumExp(tilted);
    double[][] moved = copy(means);
    for (int k = 0; k < moved.length; k++) {
      for (int d = 0; d < moved[k].length; d++) {
        moved[k][d] += beta * variances[k][d] * w[d];
      }
    }
    return new GaussianMixture(
        Arrays.stream(tilted).map(each -> each - logZ).toArray(), moved, variances);
  }

  /** E[w.x]; of {@link #tilted} it is m(beta). */
  public double meanScore(double[] w) {
    double[] weights = weights();
    return IntStream.range(0, components()).mapToDouble(k -> weights[k] * dot(w, means[k])).sum();
  }

  /** KL(q_beta || p) in nats, {@code beta m(beta) - log Z(beta)}. */
  public double kl(double[] w, double beta) {
    return beta * tilted(w, beta).meanScore(w) - logZ(w, beta);
  }

  private double[] tiltedLogWeights(double[] w, double beta) {
    if (w.length != dimensions()) {
      throw new IllegalArgumentException(
          "a linear score of " + w.length + " weights for " + dimensions() + " dimensions");
    }
    double[] tilted = new double[components()];
    Arrays.setAll(
        tilted,
        k -> {
          double quadratic = 0;
          for (int d = 0; d < w.length; d++) {
            quadratic += w[d] * variances[k][d] * w[d];
          }
          return logWeights[k] + beta * dot(w, means[k]) + beta * beta * quadratic / 2;
        });
    return tilted;
  }

  private static double dot(double[] a, double[] b) {
    return IntStream.range(0, a.length).mapToDouble(d -> a[d] * b[d]).sum();
  }

  private static double[][] copy(double[][] rows) {
    return Arrays.stream(rows).map(double[]::clone).toArray(double[][]::new);
  }
}
