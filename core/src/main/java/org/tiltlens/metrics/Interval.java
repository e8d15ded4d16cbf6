package org.tiltlens.metrics;

/**
 * A number measured on some samples, with the range in which others would put it.
 *
 * @param value on the samples themselves; a biased statistic's can lie outside of the range
 * @param low lower end of the range; null if the samples tell none
 * @param high upper end, at least {@code low}; null with it
 * @param samples how many independent ones there were
 */
public record Interval(double value, Double low, Double high, int samples) {
  public Interval {
    if ((low == null) != (high == null) || low != null && !(low <= high) || samples < 1) {
      throw new IllegalArgumentException(
          "interval " + low + ".." + high + " of " + samples + " samples: expected low <= high");
    }
  }

  @Override
  public String toString() {
    return value + " [" + low + ", " + high + "]";
  }
}
