package org.tiltlens.tilting;

/**
 * The best of n draws from p: the simplest sampler that raises a score.
 *
 * <pre>
 *   KL(best of n || p) = log n - (n - 1) / n          if no two scores are equal
 * </pre>
 *
 * <p>Source: Stiennon et al. 2020, appendix G.3; Beirami et al. 2024 (arXiv 2401.01879) on ties,
 * for which the formula is an upper bound. On a sample, draws are with replacement, so that image i
 * in ascending order is the best with probability {@code (i/N)^n - ((i-1)/N)^n}; images that tie
 * share theirs.
 *
 * @param n number of draws, at least 1
 */
public record BestOf(long n) {
  public BestOf {
    if (n < 1) {
      throw new IllegalArgumentException("best of " + n + " draws, must be at least 1");
    }
  }

  /** The formula's KL in nats, for a score without ties. */
  public double kl() {
    return Math.log(n) - (n - 1.0) / n;
  }

  /** Expected score of the best of n images of the sample. */
  public double mean(ScoreSample sample) {
    double below = 0;
    for (Ties ties = Ties.first(sample); ties != null; ties = ties.next(sample)) {
      below += probability(ties, sample) * (sample.max() - sample.score(ties.last));
    }
    return sample.max() - below;
  }

  /** Standard error of {@link #mean} as an estimate for p. */
  public double standardError(ScoreSample sample) {
    return RankStatistic.standardError(
        sample, below -> n * Math.pow((double) below / sample.size(), n - 1));
  }

  /** Exact KL to the sample in nats: at most {@link #kl()} and at most log N. */
  public double kl(ScoreSample sample) {
    double kl = 0;
    for (Ties ties = Ties.first(sample); ties != null; ties = ties.next(sample)) {
      double probability = probability(ties, sample);
      if (probability > 0) {
        kl += probability * Math.log(probability * sample.size() / ties.count);
      }
    }
    return Math.max(0, kl);
  }

  /** {@code upTo^n - below^n} as shares of the sample, without cancellation. */
  private double probability(Ties ties, ScoreSample sample) {
    double upTo = Math.log((ties.below + ties.count) / (double) sample.size());
    double below = Math.log(ties.below / (double) sample.size());
    return -Math.exp(n * upTo) * Math.expm1(n * (below - upTo));
  }

  /** Entries of one score, up to {@code last}: {@code count} images with {@code below} lower. */
  private record Ties(int last, long below, long count) {
    static Ties first(ScoreSample sample) {
      return from(sample, 0, 0);
    }

    Ties next(ScoreSample sample) {
      return last + 1 < sample.entries() ? from(sample, last + 1, below + count) : null;
    }

    private static Ties from(ScoreSample sample, int first, long below) {
      int last = first;
      long count = sample.count(first);
      while (last + 1 < sample.entries() && sample.score(last + 1) == sample.score(first)) {
        last++;
        count += sample.count(last);
      }
      return new Ties(last, below, count);
    }
  }
}
