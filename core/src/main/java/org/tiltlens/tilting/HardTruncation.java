package org.tiltlens.tilting;

/**
 * The sample cut off hard, {@code p(x | s(x) >= tau)}: what top-K retrieval shows.
 *
 * <pre>
 *   KL(p(. | s >= tau) || p) = -log P(s >= tau) = log(N / K)
 * </pre>
 *
 * <p>Source: Zhou et al. 2026 (arXiv 2605.17504). Among all distributions of its mean score the
 * tilt is the nearest to p, so this is never nearer: compare {@link Tilting#leastKl}.
 *
 * @param threshold the lowest score kept
 * @param kept K, images kept
 * @param size N, images in all
 * @param mean mean score of those kept
 */
public record HardTruncation(double threshold, long kept, long size, double mean) {

  /** All images that score at least {@code tau}. */
  public static HardTruncation atLeast(ScoreSample sample, double tau) {
    long kept = 0;
    for (int i = sample.entries() - 1; i >= 0 && sample.score(i) >= tau; i--) {
      kept += sample.count(i);
    }
    if (kept == 0) {
      throw new IllegalArgumentException(
          "no image scores at least " + tau + ": ask for at most " + sample.max());
    }
    return top(sample, kept);
  }

  /** The {@code k} images of the highest scores; of those that tie at the last place, any. */
  public static HardTruncation top(ScoreSample sample, long k) {
    if (k < 1 || k > sample.size()) {
      throw new IllegalArgumentException(
          "top " + k + " of " + sample.size() + " images: expected 1.." + sample.size());
    }
    double below = 0;
    long left = k;
    int entry = sample.entries();
    while (left > 0) {
      entry--;
      long taken = Math.min(left, sample.count(entry));
      // Relative to the highest score, so that large scores keep their small differences.
      below += taken * ((sample.max() - sample.score(entry)) / k);
      left -= taken;
    }
    return new HardTruncation(sample.score(entry), k, sample.size(), sample.max() - below);
  }

  /**
   * Standard error of the mean as an estimate for p with its best {@code K / N} kept.
   *
   * @param sample the sample that was cut
   */
  public double standardError(ScoreSample sample) {
    return RankStatistic.standardError(
        sample, below -> below > size - kept ? (double) size / kept : 0);
  }

  /** KL to the whole sample in nats, {@code log(N / K)}. */
  public double kl() {
    return Math.log((double) size / kept);
  }
}
