package org.tiltlens.compare;

import java.awt.Color;
import java.awt.Graphics2D;
import java.util.DoubleSummaryStatistics;
import java.util.List;
import java.util.Objects;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.XYStyler;
import org.knowm.xchart.style.lines.SeriesLines;
import org.knowm.xchart.style.markers.Marker;
import org.knowm.xchart.style.markers.SeriesMarkers;
import org.tiltlens.chart.ChartStyle;
import org.tiltlens.chart.ChartStyle.Mark;
import org.tiltlens.chart.Nines;
import org.tiltlens.page.Numbers;

/**
 * Plots of a comparison: how strongly images drive their features, against how natural they are.
 * One small mark per method and feature, a large one for a method's median.
 *
 * <p>Percentiles P are drawn as {@code 1 / (1 - P / 100)} on a logarithmic axis, which spaces them
 * by their {@link Nines}.
 */
final class ComparePlot {
  /** A range wider than this is drawn on a logarithmic axis. */
  private static final double WIDE = 20;

  /** Share of the range that stays free on either side. */
  private static final double MARGIN = 0.06;

  /** Of 255: single features stand back behind the medians. */
  private static final int FAINT = 130;

  /** What stands on the horizontal axis, of a set of images and of a method's median. */
  private record Across(ToDoubleFunction<CompareResult.Metrics> ofCell, ComparedNumber ofMedian) {}

  /** A mark of twice the size on a white ground, so that it stands out of smaller ones. */
  private static final class Large extends Marker {
    private final Marker shape;

    Large(Marker shape) {
      this.shape = shape;
    }

    @Override
    public void paint(Graphics2D graphics, double x, double y, int size) {
      Color color = graphics.getColor();
      graphics.setColor(Color.WHITE);
      SeriesMarkers.CIRCLE.paint(graphics, x, y, 2 * size + 6);
      graphics.setColor(color);
      shape.paint(graphics, x, y, 2 * size);
    }
  }

  private final CompareResult run;
  private final Across across;
  private final Nines nines;
  private final XYChart chart;

  private ComparePlot(CompareResult run, Across across, String title) {
    this.run = run;
    this.across = across;
    nines = Nines.ofCorpus(run.judgingImages());
    chart = ChartStyle.chart(title, "percentile of the mean score in the corpus");
  }

  /** Percentiles against mean bits per dimension. */
  static XYChart againstBits(CompareResult run) {
    Across bits = new Across(metrics -> metrics.bitsPerDim().value(), ComparedNumber.BITS_PER_DIM);
    return new ComparePlot(run, bits, "mean bits/dim").draw();
  }

  /** Percentiles against the kernel distance from images of the same mean score. */
  static XYChart againstKernel(CompareResult run) {
    Across kernel =
        new Across(
            metrics -> metrics.sameScore().kernel().value(), ComparedNumber.KERNEL_SAME_SCORE);
    return new ComparePlot(run, kernel, "kernel distance from images of the same mean score")
        .draw();
  }

  private XYChart draw() {
    XYStyler styler = chart.getStyler();
    styler.setMarkerSize(8);
    styler.setLegendPosition(Styler.LegendPosition.OutsideE);
    styler.setYAxisLogarithmic(true);
    styler.setYAxisLogarithmicDecadeOnly(true);
    styler.setYAxisMin(Math.pow(10, Math.floor(leastNines())));
    styler.setYAxisMax(1.3 * Math.pow(10, nines.most()));
    styler.setYAxisTickLabelsFormattingFunction(
        height -> Numbers.text(100 - 100 / height, "0.####"));
    rules();
    // Medians last: they lie above all single features.
    run.spec().methods().forEach(this::features);
    run.medians().forEach(this::median);
    return chart;
  }

  /** The lower edge is the round percentile below all that was reached. */
  private double leastNines() {
    return measured().mapToDouble(metrics -> nines.of(metrics.reachedPercentile())).min().orElse(0);
  }

  private Stream<CompareResult.Metrics> measured() {
    return run.results().stream().map(CompareResult.Cell::metrics).filter(Objects::nonNull);
  }

  /** Sets the horizontal axis, and draws what was aimed at and the corpus' highest score. */
  private void rules() {
    DoubleSummaryStatistics values = measured().mapToDouble(across.ofCell).summaryStatistics();
    // Where every method failed there is nothing but the axes.
    double low = values.getCount() == 0 ? 0 : values.getMin();
    double high = values.getCount() == 0 ? 1 : values.getMax();
    boolean logarithmic = low > 0 && high / low > WIDE;
    if (logarithmic) {
      double factor = Math.pow(high / low, MARGIN);
      low /= factor;
      high *= factor;
    } else {
      double free = MARGIN * Math.max(high - low, Math.abs(high) / 10);
      low -= free;
      high += free;
    }
    XYStyler styler = chart.getStyler();
    styler.setXAxisLogarithmic(logarithmic);
    styler.setXAxisMin(low);
    styler.setXAxisMax(high);
    rule("above all images", 100, low, high, ChartStyle.DASHES);
    if (run.spec().target().percentile() != null) {
      rule("aimed at", run.spec().target().percentile(), low, high, ChartStyle.DOTS);
    }
  }

  private void rule(String name, double percentile, double low, double high, float... pattern) {
    double height = height(percentile);
    ChartStyle.rule(chart, name, new double[] {low, high}, new double[] {height, height}, pattern);
  }

  private void features(Method method) {
    List<CompareResult.Metrics> metrics =
        run.results().stream()
            .filter(cell -> cell.method().equals(method) && cell.metrics() != null)
            .map(CompareResult.Cell::metrics)
            .toList();
    if (metrics.isEmpty()) {
      return;
    }
    Mark mark = method.mark();
    Color color = mark.color();
    marks(
            method.key(),
            metrics.stream().mapToDouble(across.ofCell).toArray(),
            metrics.stream().mapToDouble(set -> height(set.reachedPercentile())).toArray(),
            new Mark(
                new Color(color.getRed(), color.getGreen(), color.getBlue(), FAINT), mark.marker()))
        .setShowInLegend(false);
  }

  private void median(CompareResult.Median median) {
    if (median.features() == 0) {
      return;
    }
    Mark mark = median.method().mark();
    marks(
        median.method().label(),
        new double[] {median.numbers().get(across.ofMedian).value()},
        new double[] {height(median.numbers().get(ComparedNumber.PERCENTILE).value())},
        new Mark(mark.color(), new Large(mark.marker())));
  }

  private XYSeries marks(String name, double[] x, double[] y, Mark mark) {
    XYSeries series = chart.addSeries(name, x, y);
    ChartStyle.draw(series, mark, SeriesLines.NONE);
    return series;
  }

  private double height(double percentile) {
    return Math.pow(10, nines.of(percentile));
  }
}
