package org.tiltlens.study;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.util.ArrayList;
import java.util.DoubleSummaryStatistics;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.DoubleStream;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.XYStyler;
import org.knowm.xchart.style.markers.Marker;
import org.knowm.xchart.style.markers.SeriesMarkers;
import org.tiltlens.tilting.TiltedScores;

/**
 * A plot of a frontier: KL, on a logarithmic axis, against the mean score, with error bars of one
 * standard error.
 *
 * <p>The curve is the corpus' tilt, which no method on the corpus can get below; it is dashed where
 * the corpus can no longer tell. Methods differ by the shape of their marks as well as by colour,
 * and the colours are told apart by the colour-blind (Okabe and Ito 2008).
 */
final class FrontierPlot {
  static final int WIDTH = 900;
  static final int HEIGHT = 620;

  /** The lower edge: points below stand on it, and what is far below is left to the table. */
  private static final double LEAST_KL = 0.01;

  private static final float[] DASHES = {6, 5};
  private static final float[] DOTS = {2, 4};
  private static final Color CURVE = Color.BLACK;
  private static final Color QUIET = new Color(0x6b6b6b);

  /** How a method's points are drawn. */
  private record Style(Color color, Marker marker) {}

  private static final Map<FrontierMethod, Style> STYLES = new EnumMap<>(FrontierMethod.class);

  static {
    STYLES.put(FrontierMethod.TOP_K, new Style(new Color(0xd55e00), SeriesMarkers.SQUARE));
    STYLES.put(FrontierMethod.BEST_OF_N, new Style(new Color(0xe69f00), SeriesMarkers.DIAMOND));
    STYLES.put(FrontierMethod.PLUG_IN_TILT, new Style(new Color(0x0072b2), SeriesMarkers.CIRCLE));
    STYLES.put(FrontierMethod.TWISTED, new Style(new Color(0x009e73), SeriesMarkers.TRIANGLE_UP));
    STYLES.put(
        FrontierMethod.CONSTANT, new Style(new Color(0xcc79a7), SeriesMarkers.TRIANGLE_DOWN));
  }

  private final FrontierResult run;
  private final XYChart chart;

  private FrontierPlot(FrontierResult run) {
    this.run = run;
    chart =
        new XYChartBuilder()
            .width(WIDTH)
            .height(HEIGHT)
            .xAxisTitle("mean activation E[s]")
            .yAxisTitle("KL from the natural images (nats)")
            .build();
  }

  /** The chart of a run. */
  static XYChart of(FrontierResult run) {
    FrontierPlot plot = new FrontierPlot(run);
    plot.style();
    plot.curve();
    STYLES.forEach(plot::points);
    plot.limits();
    return plot.chart;
  }

  private void style() {
    Font font = new Font(Font.SANS_SERIF, Font.PLAIN, 15);
    XYStyler styler = chart.getStyler();
    styler.setYAxisLogarithmic(true);
    styler.setYAxisLogarithmicDecadeOnly(true);
    styler.setYAxisTickLabelsFormattingFunction(value -> FrontierPoint.text(value, "#,##0.###"));
    styler.setYAxisMin(LEAST_KL);
    styler.setYAxisMax(most());
    styler.setXAxisMin(means().getMin());
    styler.setXAxisMax(means().getMax());
    styler.setAxisTitleFont(font);
    styler.setAxisTickLabelsFont(font.deriveFont(13f));
    styler.setLegendFont(font.deriveFont(14f));
    styler.setLegendPosition(Styler.LegendPosition.InsideSE);
    styler.setLegendBorderColor(Color.LIGHT_GRAY);
    styler.setLegendPadding(8);
    styler.setMarkerSize(9);
    styler.setChartBackgroundColor(Color.WHITE);
    styler.setPlotBackgroundColor(Color.WHITE);
    styler.setPlotBorderVisible(false);
    styler.setPlotGridLinesColor(new Color(0xe8e8e8));
    styler.setPlotGridLinesStroke(new BasicStroke(1));
    styler.setPlotGridVerticalLinesVisible(false);
    styler.setChartPadding(12);
  }

  /** The corpus' tilt: solid where the corpus can be trusted, dashed beyond. */
  private void curve() {
    double trusted = TiltedScores.TRUSTED_SHARE * Math.log(run.corpus().images());
    List<FrontierPoint> all = drawable(FrontierMethod.RETRIEVAL);
    List<FrontierPoint> solid = all.stream().filter(point -> point.kl() <= trusted).toList();
    line(FrontierMethod.RETRIEVAL.label() + " (the tilt)", solid, new BasicStroke(2.5f));
    if (solid.size() < all.size()) {
      // Under the solid line it cannot be seen.
      line("the same, too near log N to trust", all, dashed(2.5f, DASHES));
    }
    errorBars(FrontierMethod.RETRIEVAL.label(), all, CURVE);
  }

  private void line(String name, List<FrontierPoint> points, BasicStroke stroke) {
    series(name, points).ifPresent(s -> draw(s, CURVE, SeriesMarkers.NONE, stroke));
  }

  private void points(FrontierMethod method, Style style) {
    List<FrontierPoint> all = drawable(method);
    String name = method.isBound() ? method.label() + " (path KL, a bound)" : method.label();
    marks(name, all.stream().filter(FrontierPoint::hasFamilies).toList(), style);
    marks(
        method.label() + ", too few families",
        all.stream().filter(point -> !point.hasFamilies()).toList(),
        new Style(style.color, SeriesMarkers.CROSS));
    errorBars(method.label(), all, style.color);
  }

  private void marks(String name, List<FrontierPoint> points, Style style) {
    series(name, points).ifPresent(s -> draw(s, style.color, style.marker, new BasicStroke(1)));
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
    draw(series, color, SeriesMarkers.NONE, new BasicStroke(1.2f));
    series.setShowInLegend(false);
  }

  /** Where the corpus ends, and where the prior itself stands. */
  private void limits() {
    double logN = Math.log(run.corpus().images());
    DoubleSummaryStatistics means = means();
    rule(
        String.format(Locale.ROOT, "log N (N = %,d images)", run.corpus().images()),
        new double[] {means.getMin(), means.getMax()},
        new double[] {logN, logN},
        dashed(1.2f, DASHES));
    run.pointsOf(FrontierMethod.PLUG_IN_TILT).stream()
        .filter(point -> point.setting() == 0)
        .forEach(
            prior ->
                rule(
                    "the prior's own mean (KL 0)",
                    new double[] {prior.mean(), prior.mean()},
                    new double[] {LEAST_KL, most()},
                    dashed(1.2f, DOTS)));
  }

  private void rule(String name, double[] x, double[] y, BasicStroke stroke) {
    draw(chart.addSeries(name, x, y), QUIET, SeriesMarkers.NONE, stroke);
  }

  private static void draw(XYSeries series, Color color, Marker marker, BasicStroke stroke) {
    series.setLineColor(color);
    series.setLineStyle(stroke);
    series.setMarker(marker);
    series.setMarkerColor(color);
  }

  private static BasicStroke dashed(float width, float... pattern) {
    return new BasicStroke(width, BasicStroke.CAP_BUTT, BasicStroke.JOIN_MITER, 10, pattern, 0);
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
