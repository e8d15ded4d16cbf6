package org.tiltlens.frontier;

import java.awt.BasicStroke;
import java.awt.Color;
import java.util.ArrayList;
import java.util.DoubleSummaryStatistics;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.XYStyler;
import org.knowm.xchart.style.lines.SeriesLines;
import org.knowm.xchart.style.markers.SeriesMarkers;
import org.tiltlens.chart.ChartStyle;
import org.tiltlens.chart.ChartStyle.Mark;
import org.tiltlens.page.Numbers;
import org.tiltlens.tilting.TiltedScores;

/**
 * A plot of a frontier: KL, on a logarithmic axis, against the mean score, with error bars of one
 * standard error.
 *
 * <p>The curve is the corpus' tilt, which no method on the corpus can get below; it is dashed where
 * the corpus can no longer tell. Another is the prior's tilt, where its own samplers would be if
 * they were exact.
 */
final class FrontierPlot {
  /** The lower edge: points below stand on it, and what is far below is left to the table. */
  private static final double LEAST_KL = 0.01;

  private static final Mark CURVE = new Mark(ChartStyle.BLACK, SeriesMarkers.NONE);

  private static final Map<FrontierMethod, Mark> MARKS = new EnumMap<>(FrontierMethod.class);

  static {
    MARKS.put(FrontierMethod.TOP_K, new Mark(ChartStyle.VERMILION, SeriesMarkers.SQUARE));
    MARKS.put(FrontierMethod.BEST_OF_N, new Mark(ChartStyle.ORANGE, SeriesMarkers.DIAMOND));
    MARKS.put(FrontierMethod.EXACT, new Mark(ChartStyle.SKY, SeriesMarkers.TRAPEZOID));
    MARKS.put(FrontierMethod.PLUG_IN_TILT, new Mark(ChartStyle.BLUE, SeriesMarkers.CIRCLE));
    MARKS.put(FrontierMethod.TWISTED, new Mark(ChartStyle.GREEN, SeriesMarkers.TRIANGLE_UP));
    MARKS.put(FrontierMethod.CONSTANT, new Mark(ChartStyle.PURPLE, SeriesMarkers.TRIANGLE_DOWN));
  }

  private final FrontierResult run;
  private final XYChart chart;

  private FrontierPlot(FrontierResult run) {
    this.run = run;
    chart = ChartStyle.chart("mean activation E[s]", "KL from the natural images (nats)");
  }

  /** The chart of a run. */
  static XYChart of(FrontierResult run) {
    FrontierPlot plot = new FrontierPlot(run);
    plot.axes();
    plot.curve();
    plot.priorsCurve();
    MARKS.forEach(plot::points);
    plot.limits();
    return plot.chart;
  }

  private void axes() {
    XYStyler styler = chart.getStyler();
    styler.setYAxisLogarithmic(true);
    styler.setYAxisLogarithmicDecadeOnly(true);
    styler.setYAxisTickLabelsFormattingFunction(value -> Numbers.text(value, "#,##0.###"));
    styler.setYAxisMin(LEAST_KL);
    styler.setYAxisMax(most());
    styler.setXAxisMin(means().getMin());
    styler.setXAxisMax(means().getMax());
  }

  /** The corpus' tilt: solid where the corpus can be trusted, dashed beyond. */
  private void curve() {
    double trusted = TiltedScores.TRUSTED_SHARE * Math.log(run.corpus().images());
    List<FrontierPoint> all = drawable(FrontierMethod.RETRIEVAL);
    List<FrontierPoint> solid = all.stream().filter(point -> point.kl() <= trusted).toList();
    line(FrontierMethod.RETRIEVAL.label() + " (the tilt)", solid, new BasicStroke(2.5f));
    if (solid.size() < all.size()) {
      // Under the solid line it cannot be seen.
      line("the same, too near log N to trust", all, ChartStyle.dashed(2.5f, ChartStyle.DASHES));
    }
    errorBars(FrontierMethod.RETRIEVAL.label(), all, CURVE.color());
  }

  /** The prior's own tilt, as its pool has it. */
  private void priorsCurve() {
    Mark line = new Mark(MARKS.get(FrontierMethod.EXACT).color(), SeriesMarkers.NONE);
    series("the prior's own tilt", drawable(FrontierMethod.EXACT))
        .ifPresent(s -> ChartStyle.draw(s, line, new BasicStroke(2)));
  }

  private void line(String name, List<FrontierPoint> points, BasicStroke stroke) {
    series(name, points).ifPresent(s -> ChartStyle.draw(s, CURVE, stroke));
  }

  private void points(FrontierMethod method, Mark mark) {
    List<FrontierPoint> all = drawable(method);
    String name = method.isBound() ? method.label() + " (path KL, a bound)" : method.label();
    List<FrontierPoint> shown = all;
    BasicStroke between = new BasicStroke(1);
    if (method == FrontierMethod.EXACT) {
      // They have a curve, which a straight line would cut short.
      shown = all.stream().filter(point -> run.betas().contains(point.setting())).toList();
      between = SeriesLines.NONE;
    }
    marks(name, shown.stream().filter(point -> point.doubt() == null).toList(), mark, between);
    marks(
        method.label() + ", in doubt",
        shown.stream().filter(point -> point.doubt() != null).toList(),
        new Mark(mark.color(), SeriesMarkers.CROSS),
        between);
    errorBars(method.label(), all, mark.color());
  }

  private void marks(String name, List<FrontierPoint> points, Mark mark, BasicStroke between) {
    series(name, points).ifPresent(s -> ChartStyle.draw(s, mark, between));
  }

  /** Empty for no points: XChart has no empty series. */
  private Optional<XYSeries> series(String name, List<FrontierPoint> points) {
    return points.isEmpty()
        ? Optional.empty()
        : Optional.of(
            chart.addSeries(
                name,
                points.stream().mapToDouble(FrontierPoint::mean).toArray(),
                points.stream().mapToDouble(FrontierPlot::height).toArray()));
  }

  private static double height(FrontierPoint point) {
    return Math.max(LEAST_KL, point.kl());
  }

  /** The points whose error bars reach the lower edge. */
  private List<FrontierPoint> drawable(FrontierMethod method) {
    return run.pointsOf(method).stream()
        .filter(point -> point.kl() != null && point.kl() + point.klSe() >= LEAST_KL)
        .toList();
  }

  /** A cross per point: a line through it each way, cut off at the lower edge. */
  private void errorBars(String of, List<FrontierPoint> points, Color color) {
    if (points.isEmpty()) {
      return;
    }
    List<Double> x = new ArrayList<>();
    List<Double> y = new ArrayList<>();
    for (FrontierPoint point : points) {
      double low = Math.max(LEAST_KL, point.kl() - point.klSe());
      x.addAll(List.of(point.mean() - point.meanSe(), point.mean() + point.meanSe(), point.mean()));
      y.addAll(List.of(height(point), height(point), Double.NaN));
      x.addAll(List.of(point.mean(), point.mean(), point.mean()));
      y.addAll(List.of(low, point.kl() + point.klSe(), Double.NaN));
    }
    XYSeries series = chart.addSeries("errors of " + of, x, y);
    ChartStyle.draw(series, new Mark(color, SeriesMarkers.NONE), new BasicStroke(1.2f));
    series.setShowInLegend(false);
  }

  /** Where the corpus ends, and where the prior itself stands. */
  private void limits() {
    double logN = Math.log(run.corpus().images());
    DoubleSummaryStatistics means = means();
    ChartStyle.rule(
        chart,
        String.format(Locale.ROOT, "log N (N = %,d images)", run.corpus().images()),
        new double[] {means.getMin(), means.getMax()},
        new double[] {logN, logN},
        ChartStyle.DASHES);
    priorsMean()
        .ifPresent(
            mean ->
                ChartStyle.rule(
                    chart,
                    "the prior's own mean (KL 0)",
                    new double[] {mean, mean},
                    new double[] {LEAST_KL, most()},
                    ChartStyle.DOTS));
  }

  /** Of all paths of its pool where there is one, else of the few images drawn without a tilt. */
  private Optional<Double> priorsMean() {
    return Stream.of(FrontierMethod.EXACT, FrontierMethod.PLUG_IN_TILT)
        .flatMap(method -> run.pointsOf(method).stream())
        .filter(point -> point.setting() == 0)
        .map(FrontierPoint::mean)
        .findFirst();
  }

  /** Means with their error bars. */
  private DoubleSummaryStatistics means() {
    return run.points().stream()
        .flatMapToDouble(
            point -> DoubleStream.of(point.mean() - point.meanSe(), point.mean() + point.meanSe()))
        .summaryStatistics();
  }

  /** The upper edge. */
  private double most() {
    double highest =
        run.points().stream()
            .filter(point -> point.kl() != null)
            .mapToDouble(point -> point.kl() + point.klSe())
            .max()
            .orElseThrow();
    return Math.max(1, 1.5 * highest);
  }
}
