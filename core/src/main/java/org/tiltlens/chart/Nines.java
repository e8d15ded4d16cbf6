package org.tiltlens.chart;

import java.util.stream.DoubleStream;

/**
 * Percentiles by their number of nines, {@code -log10(1 - P / 100)}: 99 is as far from 99.9 as from
 * 90.
 *
 * @param most the nines at which 100 stands: where half an image of the corpus would score higher
 */
public record Nines(double most) {
  private static final double[] ROUND_PERCENTILES = {0, 50, 90, 99, 99.9, 99.99};

  /** The scale of a corpus of so many images; none is drawn as one. */
  public static Nines ofCorpus(int images) {
    return new Nines(Math.log10(2.0 * Math.max(1, images)));
  }

  /** The nines of a percentile, at most {@code most}. */
  public double of(double percentile) {
    return Math.min(most, -Math.log10(1 - percentile / 100));
  }

  /** Round percentiles, and 100. */
  public double[] ticks() {
    DoubleStream below =
        DoubleStream.of(ROUND_PERCENTILES).filter(percentile -> of(percentile) < most);
    return DoubleStream.concat(below, DoubleStream.of(100)).toArray();
  }

  /** A percentile as one writes it: 99, 99.9. */
  public static String plain(double percentile) {
    return percentile == Math.rint(percentile)
        ? Long.toString(Math.round(percentile))
        : Double.toString(percentile);
  }
}
