package org.tiltlens.tilting;

import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * The scores of a corpus' images, in ascending order: what the corpus knows of a unit.
 *
 * <p>Each entry is a score and the number of images that have it. {@link #condensed} groups many
 * images in one entry, so that a sample of bounded size stands for a corpus of any size. Immutable.
 */
public final class ScoreSample {
  private final double[] scores;
  private final int[] counts;
  private final long[] before;

  private ScoreSample(double[] scores, int[] counts) {
    this.scores = scores;
    this.counts = counts;
    before = new long[scores.length + 1];
    for (int i = 0; i < scores.length; i++) {
      before[i + 1] = before[i] + counts[i];
    }
  }

  /**
   * One image per score.
   *
   * @param scores in any order; copied
   * @throws IllegalArgumentException if there is none or one is not finite
   */
  public static ScoreSample of(double... scores) {
    double[] sorted = scores.clone();
    Arrays.sort(sorted);
    int[] counts = new int[sorted.length];
    Arrays.fill(counts, 1);
    return of(sorted, counts);
  }

  /**
   * Scores that several images share.
   *
   * @param scores in ascending order; copied
   * @param counts images at each score, at least 1; copied
   * @throws IllegalArgumentException if there is none, one is not finite, they are out of order or
   *     a count is below 1
   */
  public static ScoreSample of(double[] scores, int[] counts) {
    if (scores.length == 0 || scores.length != counts.length) {
      throw new IllegalArgumentException(
          scores.length + " scores with " + counts.length + " counts: expected one each, at least");
    }
    for (int i = 0; i < scores.length; i++) {
      if (!Double.isFinite(scores[i]) || counts[i] < 1 || (i > 0 && scores[i] < scores[i - 1])) {
        throw new IllegalArgumentException(
            "score "
                + i
                + " is "
                + scores[i]
                + " of "
                + counts[i]
                + " images: expected finite, ascending scores of at least 1 image");
      }
    }
    return new ScoreSample(scores.clone(), counts.clone());
  }

  /**
   * A sample of at most {@code highest + groups + 1} entries with the same mean.
   *
   * <p>The lowest score and the {@code highest} ones stay exact, as a tilt reads little else; the
   * scores between are cut into {@code groups} runs of equally many entries, each given its mean.
   * {@code log Z(beta)} is then low by at most {@code beta^2 r^2 / 8}, with r the widest group's
   * range (Hoeffding's lemma), and far less once the tilt favours the highest.
   */
  public ScoreSample condensed(int highest, int groups) {
    int middle = scores.length - highest - 1;
    if (middle <= groups) {
      return this;
    }
    double[] few = new double[1 + groups + highest];
    int[] images = new int[few.length];
    few[0] = scores[0];
    images[0] = counts[0];
    for (int g = 0; g < groups; g++) {
      int from = 1 + (int) ((long) middle * g / groups);
      int to = 1 + (int) ((long) middle * (g + 1) / groups);
      images[1 + g] = Math.toIntExact(before[to] - before[from]);
      few[1 + g] = mean(from, to);
    }
    System.arraycopy(scores, scores.length - highest, few, 1 + groups, highest);
    System.arraycopy(counts, scores.length - highest, images, 1 + groups, highest);
    return new ScoreSample(few, images);
  }

  /**
   * Mean of the images of entries {@code from .. to - 1}; between their scores despite rounding.
   */
  private double mean(int from, int to) {
    double mean = 0;
    for (int i = from; i < to; i++) {
      mean += scores[i] * ((double) counts[i] / (before[to] - before[from]));
    }
    return Math.max(scores[from], Math.min(scores[to - 1], mean));
  }

  /** The different entries' scores, ascending; a copy. */
  public double[] scores() {
    return scores.clone();
  }

  /** Images at each of {@link #scores}; a copy. */
  public int[] counts() {
    return counts.clone();
  }

  /** The sample less one image of an entry; it must have another. */
  ScoreSample without(int entry) {
    int[] fewer = counts.clone();
    fewer[entry]--;
    int[] kept = IntStream.range(0, fewer.length).filter(i -> fewer[i] > 0).toArray();
    return new ScoreSample(
        Arrays.stream(kept).mapToDouble(i -> scores[i]).toArray(),
        Arrays.stream(kept).map(i -> fewer[i]).toArray());
  }

  /** Number of entries. */
  int entries() {
    return scores.length;
  }

  double score(int entry) {
    return scores[entry];
  }

  int count(int entry) {
    return counts[entry];
  }

  /** Number of images, N. */
  public long size() {
    return before[scores.length];
  }

  public double min() {
    return scores[0];
  }

  public double max() {
    return scores[scores.length - 1];
  }

  public double mean() {
    return mean(0, scores.length);
  }

  /**
   * The score at a percentile: sorted scores stand at {@code 0, 100/(N-1), .. 100} and are joined
   * by straight lines (definition 7 of Hyndman and Fan 1996, the default of R and NumPy).
   *
   * @param percentile in [0, 100]
   */
  public double scoreAt(double percentile) {
    if (!(percentile >= 0 && percentile <= 100)) {
      throw new IllegalArgumentException("percentile " + percentile + ", must be in 0..100");
    }
    double rank = percentile / 100 * (size() - 1);
    int right = 0;
    while (right < scores.length - 1 && lastRank(right) < rank) {
      right++;
    }
    if (right == 0 || rank >= firstRank(right)) {
      return scores[right];
    }
    double share = (rank - lastRank(right - 1)) / (firstRank(right) - lastRank(right - 1));
    return scores[right - 1] + share * (scores[right] - scores[right - 1]);
  }

  /**
   * The percentile of a score, the inverse of {@link #scoreAt}: 0 below the lowest, 100 above the
   * highest, the middle of its range where images share it.
   */
  public double percentileOf(double score) {
    if (size() == 1) {
      return score < scores[0] ? 0 : score > scores[0] ? 100 : 50;
    }
    int first = firstAtLeast(score);
    if (first == scores.length) {
      return 100;
    }
    if (scores[first] == score) {
      int last = first;
      while (last < scores.length - 1 && scores[last + 1] == score) {
        last++;
      }
      return 100 * (firstRank(first) + lastRank(last)) / 2 / (size() - 1);
    }
    if (first == 0) {
      return 0;
    }
    double share = (score - scores[first - 1]) / (scores[first] - scores[first - 1]);
    double rank = lastRank(first - 1) + share * (firstRank(first) - lastRank(first - 1));
    return 100 * rank / (size() - 1);
  }

  private double firstRank(int entry) {
    return before[entry];
  }

  private double lastRank(int entry) {
    return before[entry + 1] - 1;
  }

  private int firstAtLeast(double score) {
    int low = 0;
    int high = scores.length;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (scores[middle] < score) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /** The corpus tilted by {@code exp(beta s)}. */
  public TiltedScores tilted(double beta) {
    return new TiltedScores(this, beta);
  }

  @Override
  public String toString() {
    return size() + " scores in " + min() + ".." + max();
  }
}
