package org.tiltlens.harvest;

import java.util.Arrays;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.tiltlens.tilting.ScoreSample;

/**
 * How many images score what, as counts of bins: those of different images add up to those of all,
 * to the bit, in whatever order and however split, as nothing is added but whole numbers.
 *
 * <p>Floats in ascending order are whole numbers in ascending order once those below zero are
 * turned around; a bin is what they have in common without their lowest bits. Without the lowest
 * {@value #COARSE} bins are at most 1/512 of their scores wide. Each bin also sums up the bits left
 * out, by which its scores are evenly spaced, so that its mean is exact.
 *
 * @param dropped the lowest bits left out: 0, so that every score has a bin of its own, or {@value
 *     #COARSE}
 * @param bins in ascending order
 * @param counts images in each, at least 1
 * @param rests the sum of the bits left out over the images of each; empty if there are none
 */
record ScoreBins(int dropped, int[] bins, int[] counts, long[] rests) {
  /** Bits left out where bins are to be few. */
  static final int COARSE = 14;

  /** Relative width of the bins that leave out {@link #COARSE} bits. */
  static final double WIDTH = 1.0 / 512;

  /** No image. */
  static ScoreBins none(int dropped) {
    return new ScoreBins(dropped, new int[0], new int[0], new long[0]);
  }

  /**
   * One image per score.
   *
   * @param scores finite, in any order
   */
  static ScoreBins of(int dropped, float... scores) {
    int[] ordered = new int[scores.length];
    for (int i = 0; i < ordered.length; i++) {
      ordered[i] = ordered(scores[i]);
    }
    Arrays.sort(ordered);
    Builder builder = new Builder(dropped, ordered.length);
    for (int each : ordered) {
      builder.add(each >> dropped, 1, each - (each >> dropped << dropped));
    }
    return builder.build();
  }

  /** Its place among all floats in ascending order, where both zeros are one. */
  static int ordered(float score) {
    int bits = Float.floatToIntBits(score + 0f);
    return bits ^ (bits >> 31 & Integer.MAX_VALUE);
  }

  private static float score(int ordered) {
    return Float.intBitsToFloat(ordered ^ (ordered >> 31 & Integer.MAX_VALUE));
  }

  /** The images of both. */
  ScoreBins plus(ScoreBins other) {
    Builder builder = new Builder(dropped, bins.length + other.bins.length);
    int own = 0;
    for (int its = 0; its < other.bins.length; its++) {
      while (own < bins.length && bins[own] <= other.bins[its]) {
        builder.add(bins[own], counts[own], rest(own++));
      }
      builder.add(other.bins[its], other.counts[its], other.rest(its));
    }
    for (; own < bins.length; own++) {
      builder.add(bins[own], counts[own], rest(own));
    }
    return builder.build();
  }

  /** The images but for some of them. */
  ScoreBins without(float... scores) {
    ScoreBins fewer = of(dropped, scores);
    Builder builder = new Builder(dropped, bins.length);
    int its = 0;
    for (int own = 0; own < bins.length; own++) {
      boolean both = its < fewer.bins.length && fewer.bins[its] == bins[own];
      int left = counts[own] - (both ? fewer.counts[its] : 0);
      if (left > 0) {
        builder.add(bins[own], left, rest(own) - (both ? fewer.rest(its) : 0));
      }
      its += both ? 1 : 0;
    }
    return builder.build();
  }

  private long rest(int bin) {
    return dropped == 0 ? 0 : rests[bin];
  }

  /**
   * As a sample whose scores are the bins' means, but for some that stand for themselves: all of
   * them where every score has a bin of its own.
   *
   * @param highest of these images, ascending, none of the others higher
   */
  ScoreSample sample(float... highest) {
    if (dropped == 0) {
      return ScoreSample.of(each());
    }
    ScoreBins others = without(highest);
    double[] scores = Arrays.copyOf(others.means(), others.bins.length + highest.length);
    int[] images = Arrays.copyOf(others.counts, scores.length);
    for (int i = 0; i < highest.length; i++) {
      scores[others.bins.length + i] = highest[i];
      images[others.bins.length + i] = 1;
    }
    return ScoreSample.of(scores, images);
  }

  private double[] each() {
    return IntStream.range(0, bins.length)
        .boxed()
        .flatMapToDouble(i -> DoubleStream.generate(() -> score(bins[i])).limit(counts[i]))
        .toArray();
  }

  private double[] means() {
    double[] means = new double[bins.length];
    for (int i = 0; i < means.length; i++) {
      int first = bins[i] << dropped;
      double spacing = (double) score(first + 1) - score(first);
      means[i] = score(first) + spacing * ((double) rest(i) / counts[i]);
    }
    return means;
  }

  /** Puts bins together that come in ascending order. */
  private static final class Builder {
    private final int dropped;
    private final int[] bins;
    private final int[] counts;
    private final long[] rests;
    private int size;

    Builder(int dropped, int most) {
      this.dropped = dropped;
      bins = new int[most];
      counts = new int[most];
      rests = new long[dropped == 0 ? 0 : most];
    }

    void add(int bin, int count, long rest) {
      if (size == 0 || bins[size - 1] != bin) {
        bins[size++] = bin;
      }
      counts[size - 1] = Math.addExact(counts[size - 1], count);
      if (dropped > 0) {
        rests[size - 1] += rest;
      }
    }

    ScoreBins build() {
      return new ScoreBins(
          dropped,
          Arrays.copyOf(bins, size),
          Arrays.copyOf(counts, size),
          Arrays.copyOf(rests, dropped == 0 ? 0 : size));
    }
  }
}
