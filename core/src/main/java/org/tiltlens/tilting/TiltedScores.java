package org.tiltlens.tilting;

/**
 * A corpus' images weighted by {@code exp(beta s)}: the exact q_beta of the empirical p.
 *
 * <pre>
 *   w_i   = exp(beta s_i) / sum_j exp(beta s_j)
 *   log Z = log mean_i exp(beta s_i)          m = sum_i w_i s_i = d log Z / d beta
 *   KL(q_beta || p) = beta m - log Z          ESS = 1 / sum_i w_i^2
 * </pre>
 *
 * <p>Source: exponential tilting; Zhou et al. 2026 (arXiv 2605.17504). N images can say nothing
 * beyond KL = log N, where all the weight is on one: trust the numbers while KL is well below.
 * Everything is computed in log space and relative to the heaviest score, so that scores of any
 * size neither overflow nor lose the small numbers.
 */
public final class TiltedScores {
  /** Share of log N above which a KL says more of the corpus' size than of p: a rule of thumb. */
  public static final double TRUSTED_SHARE = 0.8;

  private final ScoreSample sample;
  private final double beta;

  /** The score all others are taken relative to: the one of the largest weight. */
  private final double pivot;

  /** log mean exp(beta (s - pivot)), at most 0. */
  private final double logZ;

  /** E_q[s - pivot]. */
  private final double mean;

  private final double variance;
  private final double kl;
  private final double ess;

  TiltedScores(ScoreSample sample, double beta) {
    if (!Double.isFinite(beta)) {
      throw new IllegalArgumentException("illegal beta: " + beta + ", must be a finite number");
    }
    this.sample = sample;
    this.beta = beta;
    pivot = beta >= 0 ? sample.max() : sample.min();
    double total = 0;
    for (int i = 0; i < sample.entries(); i++) {
      total += sample.count(i) * Math.exp(logWeight(i));
    }
    logZ = Math.log(total / sample.size());
    double first = 0;
    double divergence = 0;
    double squares = 0;
    for (int i = 0; i < sample.entries(); i++) {
      double each = Math.exp(logWeight(i)) / total;
      double weight = sample.count(i) * each;
      if (weight > 0) {
        first += weight * offset(i);
        divergence += weight * (logWeight(i) - logZ);
        squares += weight * each;
      }
    }
    double second = 0;
    for (int i = 0; i < sample.entries(); i++) {
      double weight = sample.count(i) * Math.exp(logWeight(i)) / total;
      second += weight * (offset(i) - first) * (offset(i) - first);
    }
    mean = first;
    variance = second;
    kl = Math.max(0, divergence);
    ess = 1 / squares;
  }

  private double offset(int entry) {
    return sample.score(entry) - pivot;
  }

  /** beta (s - pivot), at most 0: the logarithm of an image's weight before normalisation. */
  double logWeight(int entry) {
    double product = beta * offset(entry);
    // 0 * infinity: without a tilt all weights are equal.
    return Double.isNaN(product) ? 0 : product;
  }

  public double beta() {
    return beta;
  }

  /** log Z(beta) = log E_p[exp(beta s)]. */
  public double logZ() {
    return beta * pivot + logZ;
  }

  /** m(beta) = E_q[s]; grows with beta. */
  public double mean() {
    return pivot + mean;
  }

  /** E_q[s] - {@code score}; keeps its digits where both are large. */
  double meanAbove(double score) {
    return mean - (score - pivot);
  }

  double pivot() {
    return pivot;
  }

  /** log Z - beta pivot. */
  double logZAbovePivot() {
    return logZ;
  }

  /**
   * log Z, m and KL with the standard errors they have as estimates for the p that the corpus'
   * images were drawn from: by the {@linkplain Jackknife jackknife}, widened for the {@linkplain
   * UnseenTail tail} that none of them reached.
   */
  public TiltEstimate estimate() {
    return UnseenTail.of(this, sample).allowedFor(Jackknife.of(this, sample));
  }

  /** Var_q[s] = d m / d beta. */
  public double variance() {
    return variance;
  }

  /** KL(q_beta || p) in nats, from 0 to log N. */
  public double kl() {
    return kl;
  }

  /**
   * Whether so few images carry the weight that the corpus can no longer tell: {@code KL > 0.8 log
   * N}.
   */
  public boolean isExhausted() {
    return kl > TRUSTED_SHARE * Math.log(sample.size());
  }

  /** Effective sample size, from 1 to N. */
  public double ess() {
    return ess;
  }

  /** The weight of each of the sample's entries, all their images together; sums to 1. */
  public double[] weights() {
    double[] weights = new double[sample.entries()];
    for (int i = 0; i < weights.length; i++) {
      weights[i] = sample.count(i) * Math.exp(logWeight(i) - logZ) / sample.size();
    }
    return weights;
  }

  @Override
  public String toString() {
    return "beta " + beta + ": mean " + mean() + ", KL " + kl + ", ESS " + ess;
  }
}
