package org.tiltlens.demo;

import java.util.ArrayList;
import java.util.DoubleSummaryStatistics;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;
import org.tiltlens.chart.Axis;
import org.tiltlens.chart.NamePlaces;
import org.tiltlens.chart.Nines;
import org.tiltlens.page.Quantity;
import org.tiltlens.study.StudyResult;

/**
 * A plot of what the tilts reached against how likely their images are: one dot per feature and
 * target, in the coordinates of a drawing of {@link #WIDTH} x {@link #HEIGHT}.
 *
 * <p>Percentiles are drawn by their number of nines.
 *
 * @param run the demo
 * @param bits the axis of bits per dimension
 * @param nines the scale of the percentiles
 */
record TradeOff(DemoResult run, Axis bits, Nines nines) {
  static final int WIDTH = 420;
  static final int HEIGHT = 290;
  static final int LEFT = 56;
  static final int RIGHT = WIDTH - 40;
  static final int TOP = 24;
  static final int BOTTOM = HEIGHT - 48;

  private static final int MOST_BITS_TICKS = 6;

  /** Share of the bits' range that stays free on either side. */
  private static final double MARGIN = 0.08;

  /** Half the smallest range of bits that is drawn: a single value has none of its own. */
  private static final double HALF_LEAST_RANGE = 0.005;

  /**
   * A mark on an axis.
   *
   * @param place where it is
   * @param text what it says
   */
  record Tick(double place, String text) {}

  /**
   * What one tilt reached.
   *
   * @param x by bits per dimension
   * @param y by percentile
   * @param text the same in words
   */
  record Dot(double x, double y, String text) {}

  /**
   * What one feature's tilts reached.
   *
   * @param feature its index
   * @param dots at least one, in the order of the targets
   * @param name where its name is
   */
  record Curve(int feature, List<Dot> dots, NamePlaces.Place name) {

    /** The dots as a polyline's points. */
    String points() {
      return dots.stream().map(dot -> dot.x() + "," + dot.y()).collect(Collectors.joining(" "));
    }
  }

  /** The plot of a demo; empty if it measured no percentile. */
  static Optional<TradeOff> of(DemoResult run) {
    if (run.results().stream().noneMatch(TradeOff::isMeasured)) {
      return Optional.empty();
    }
    DoubleSummaryStatistics bits =
        Stream.concat(Stream.of(run.unguided()), run.results().stream())
            .mapToDouble(StudyResult.UnitResult::meanBitsPerDim)
            .summaryStatistics();
    double free = Math.max(HALF_LEAST_RANGE, MARGIN * (bits.getMax() - bits.getMin()));
    return Optional.of(
        new TradeOff(
            run,
            new Axis(bits.getMin() - free, bits.getMax() + free, LEFT, RIGHT),
            Nines.ofCorpus(run.corpus().images())));
  }

  private static boolean isMeasured(StudyResult.UnitResult result) {
    return result.reachedPercentile() != null;
  }

  /** Where the unguided samples' mean is on the axis of bits. */
  double unguided() {
    return bits.place(run.unguided().meanBitsPerDim());
  }

  /** Round values of bits per dimension. */
  List<Tick> bitsTicks() {
    double step = bits.step(MOST_BITS_TICKS);
    int decimals = (int) Math.max(0, Math.ceil(-Math.log10(step)));
    return bits.multiples(step)
        .mapToObj(
            value ->
                new Tick(
                    bits.place(value), String.format(Locale.ROOT, "%." + decimals + "f", value)))
        .toList();
  }

  /** Round percentiles, and 100. */
  List<Tick> percentileTicks() {
    return DoubleStream.of(nines.ticks()).mapToObj(this::percentileTick).toList();
  }

  /** The percentiles that the tilts aim at. */
  List<Tick> aims() {
    return run.spec().percentiles().stream().map(this::percentileTick).toList();
  }

  private Tick percentileTick(double percentile) {
    return new Tick(percentilePlace(percentile), Nines.plain(percentile));
  }

  /** One curve per feature that has a percentile. */
  List<Curve> curves() {
    NamePlaces places = new NamePlaces();
    List<List<Dot>> drawn =
        run.features().stream().map(exhibit -> dots(exhibit.feature())).toList();
    drawn.forEach(dots -> dots.forEach(dot -> places.keepFree(dot.x(), dot.y())));
    List<Curve> curves = new ArrayList<>();
    for (int i = 0; i < drawn.size(); i++) {
      List<Dot> dots = drawn.get(i);
      if (!dots.isEmpty()) {
        Dot last = dots.get(dots.size() - 1);
        curves.add(
            new Curve(run.features().get(i).feature(), dots, places.beside(last.x(), last.y())));
      }
    }
    return curves;
  }

  private List<Dot> dots(int feature) {
    return run.resultsOf(feature).stream().filter(TradeOff::isMeasured).map(this::dot).toList();
  }

  private Dot dot(StudyResult.UnitResult result) {
    return new Dot(
        bits.place(result.meanBitsPerDim()),
        percentilePlace(result.reachedPercentile()),
        "feature %d: percentile %s at %s bits/dim"
            .formatted(
                result.feature(),
                Quantity.PERCENTILE.text(result.reachedPercentile()),
                Quantity.BITS_PER_DIM.text(result.meanBitsPerDim())));
  }

  private double percentilePlace(double percentile) {
    return new Axis(0, nines.most(), BOTTOM, TOP).place(nines.of(percentile));
  }
}
