package org.tiltlens.frontier;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.tiltlens.chart.ChartFiles;
import org.tiltlens.page.Numbers;
import org.tiltlens.page.Pages;

/**
 * The page of a frontier: its plot and its table, one file of HTML that asks nothing of any
 * network.
 *
 * @param run the frontier
 * @param plot its plot as a {@code data:} URI
 */
record FrontierPage(FrontierResult run, String plot) {

  /**
   * A number of the table.
   *
   * @param sign what stands before it, such as {@code β = }
   * @param value its full value; null where there is none
   * @param at its place in the {@code run.json}, a JSON pointer
   * @param text its value, rounded for reading
   */
  record Cell(String sign, Double value, String at, String text) {
    static Cell of(Number value, String at, String pattern) {
      return value == null
          ? new Cell("", null, at, "")
          : new Cell("", value.doubleValue(), at, Numbers.text(value, pattern));
    }
  }

  /** A line of the table. */
  record Row(FrontierPoint point, List<Cell> cells) {}

  /**
   * Writes {@code index.html}, whole or not at all.
   *
   * @param svg the plot
   */
  static void write(Path folder, FrontierResult run, String svg) throws IOException {
    Pages.write(folder, "frontier/frontier.jte", new FrontierPage(run, ChartFiles.dataUri(svg)));
  }

  List<Row> rows() {
    return IntStream.range(0, run.points().size())
        .mapToObj(i -> row(run.points().get(i), "/points/" + i))
        .toList();
  }

  private static Row row(FrontierPoint point, String at) {
    return new Row(
        point,
        List.of(
            new Cell(
                point.method().setting() + " = ",
                point.setting(),
                at + "/setting",
                Numbers.text(point.setting(), "0.####")),
            Cell.of(point.mean(), at + "/mean", "0.000"),
            Cell.of(point.meanSe(), at + "/mean_se", "0.000"),
            Cell.of(point.kl(), at + "/kl", "0.000"),
            Cell.of(point.klSe(), at + "/kl_se", "0.000"),
            Cell.of(point.leastKl(), at + "/least_kl", "0.000"),
            Cell.of(point.images(), at + "/images", "#,##0"),
            Cell.of(point.families(), at + "/families", "#,##0"),
            Cell.of(point.seconds(), at + "/seconds", "0.0")));
  }

  /** How a method's KL was estimated, each way once. */
  List<String> estimators(FrontierMethod method) {
    return run.pointsOf(method).stream().map(FrontierPoint::estimator).distinct().toList();
  }
}
