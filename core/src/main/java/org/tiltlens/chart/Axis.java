package org.tiltlens.chart;

import java.util.stream.DoubleStream;
import java.util.stream.LongStream;

/**
 * An axis of a plot: from values to places.
 *
 * @param low value at {@code start}
 * @param high value at {@code end}, above {@code low}
 * @param start place of {@code low}
 * @param end place of {@code high}
 */
public record Axis(double low, double high, double start, double end) {

  /** The place of a value, to a tenth. */
  public double place(double value) {
    double place = start + (value - low) / (high - low) * (end - start);
    return Math.round(place * 10) / 10.0;
  }

  /** The step between ticks: 1, 2 or 5 times a power of ten that makes at most {@code most}. */
  public double step(int most) {
    double least = (high - low) / most;
    double power = Math.pow(10, Math.floor(Math.log10(least)));
    return DoubleStream.of(power, 2 * power, 5 * power)
        .filter(step -> step >= least)
        .findFirst()
        .orElse(10 * power);
  }

  /** The multiples of a step on the axis. */
  public DoubleStream multiples(double step) {
    long first = (long) Math.ceil(low / step);
    long last = (long) Math.floor(high / step);
    return LongStream.rangeClosed(first, last).mapToDouble(i -> i * step);
  }
}
