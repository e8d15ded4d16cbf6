package org.tiltlens.study;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.XYStyler;
import org.knowm.xchart.style.markers.Marker;
import org.knowm.xchart.style.markers.SeriesMarkers;
import org.tiltlens.chart.ChartFiles;
import org.tiltlens.run.WholeFile;

/** The table and the plot of {@link StepsAgainstQuality}. */
final class StepsPlot {
  private static final Map<String, Marker> MARKERS =
      Map.of(
          "ddpm", SeriesMarkers.CIRCLE,
          "ddim", SeriesMarkers.SQUARE,
          "dpmsolver", SeriesMarkers.TRIANGLE_UP);
  private static final Map<String, Color> COLOURS =
      Map.of(
          "ddpm", new Color(0x0072b2),
          "ddim", new Color(0xd55e00),
          "dpmsolver", new Color(0x009e73));

  private StepsPlot() {}

  /** Prints the table of a folder and draws {@code steps.svg} in it. */
  static void show(Path folder) throws IOException {
    List<StepsAgainstQuality.Row> rows = StepsAgainstQuality.rows(folder);
    double[] seconds = StepsAgainstQuality.seconds(folder);
    Map<String, List<Integer>> lines = new LinkedHashMap<>();
    System.out.println(
        "| form | steps | gradient | images | mean score / wanted | bits/dim | Frechet | kernel | s"
            + " / image |");
    System.out.println("|---|---|---|---|---|---|---|---|---|");
    for (int i = 0; i < rows.size(); i++) {
      StepsAgainstQuality.Row row = rows.get(i);
      StepsAgainstQuality.Setting setting = row.setting();
      System.out.printf(
          Locale.ROOT,
          "| %s | %d | %s | %d | %.2f +- %.2f | %.2f +- %.2f | %.1f | %.3f | %.2f |%n",
          setting.form(),
          setting.steps(),
          setting.gradient(),
          StepsAgainstQuality.features() * setting.images(),
          row.reached(),
          row.reachedSe(),
          row.bitsPerDim(),
          row.bitsSe(),
          row.frechet(),
          row.kernel(),
          seconds[i]);
      if (setting.images() < rows.get(0).setting().images()) {
        continue; // Biased otherwise: not comparable.
      }
      lines
          .computeIfAbsent(
              setting.form() + ", " + setting.gradient() + " gradient", name -> new ArrayList<>())
          .add(i);
    }
    XYChart chart = chart();
    lines.forEach((name, at) -> line(chart, name, at, rows, seconds));
    WholeFile.writeText(folder.resolve("steps.svg"), ChartFiles.svg(chart));
    ChartFiles.writePng(folder.resolve("steps.png"), chart);
  }

  private static void line(
      XYChart chart,
      String name,
      List<Integer> at,
      List<StepsAgainstQuality.Row> rows,
      double[] seconds) {
    StepsAgainstQuality.Setting setting = rows.get(at.get(0)).setting();
    XYSeries series =
        chart.addSeries(
            name,
            at.stream().mapToDouble(i -> seconds[i]).toArray(),
            at.stream().mapToDouble(i -> rows.get(i).frechet()).toArray());
    boolean full = setting.gradient().equals("full");
    series.setMarker(MARKERS.get(setting.form()));
    series.setMarkerColor(COLOURS.get(setting.form()));
    series.setLineColor(COLOURS.get(setting.form()));
    series.setLineStyle(
        full
            ? new BasicStroke(2)
            : new BasicStroke(
                2, BasicStroke.CAP_BUTT, BasicStroke.JOIN_MITER, 10, new float[] {6, 5}, 0));
  }

  private static XYChart chart() {
    XYChart chart =
        new XYChartBuilder()
            .width(760)
            .height(420)
            .xAxisTitle("seconds an image (2 cores)")
            .yAxisTitle("Frechet distance from the corpus' own tilt")
            .build();
    Font font = new Font(Font.SANS_SERIF, Font.PLAIN, 14);
    XYStyler styler = chart.getStyler();
    styler.setXAxisLogarithmic(true);
    styler.setXAxisLogarithmicDecadeOnly(false);
    styler.setYAxisMin(0.0);
    styler.setAxisTitleFont(font);
    styler.setAxisTickLabelsFont(font.deriveFont(12f));
    styler.setLegendFont(font.deriveFont(13f));
    styler.setLegendPosition(Styler.LegendPosition.OutsideE);
    styler.setLegendBorderColor(Color.LIGHT_GRAY);
    styler.setMarkerSize(9);
    styler.setChartBackgroundColor(Color.WHITE);
    styler.setPlotBackgroundColor(Color.WHITE);
    styler.setPlotBorderVisible(false);
    styler.setPlotGridLinesColor(new Color(0xe8e8e8));
    styler.setPlotGridLinesStroke(new BasicStroke(1));
    styler.setChartPadding(12);
    return chart;
  }
}
