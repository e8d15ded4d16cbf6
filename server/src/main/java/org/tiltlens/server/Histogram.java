package org.tiltlens.server;

import java.util.ArrayList;
import java.util.List;
import org.tiltlens.tilting.ScoreSample;

/**
 * How scores are spread.
 *
 * @param low lower end of the first bin
 * @param high upper end of the last bin
 * @param counts images in each of as many bins of equal width
 */
record Histogram(double low, double high, List<Long> counts) {
  private static final int BINS = 48;

  Histogram {
    counts = List.copyOf(counts);
  }

  /** Of a sample, of whose scores some stand for several images. */
  static Histogram of(ScoreSample sample) {
    double width = (sample.max() - sample.min()) / BINS;
    long[] counts = new long[BINS];
    double[] scores = sample.scores();
    int[] images = sample.counts();
    for (int i = 0; i < scores.length; i++) {
      int bin = width > 0 ? (int) ((scores[i] - sample.min()) / width) : 0;
      counts[Math.min(bin, BINS - 1)] += images[i];
    }
    List<Long> listed = new ArrayList<>();
    for (long count : counts) {
      listed.add(count);
    }
    return new Histogram(sample.min(), sample.max(), listed);
  }

  /** Images in the fullest bin. */
  long most() {
    return counts.stream().mapToLong(Long::longValue).max().orElse(0);
  }

  /** Where a score is, from 0 at the left to 1 at the right. */
  double at(double score) {
    return high > low ? (score - low) / (high - low) : 0;
  }
}
