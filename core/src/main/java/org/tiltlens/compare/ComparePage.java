package org.tiltlens.compare;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.tiltlens.chart.ChartFiles;
import org.tiltlens.metrics.Interval;
import org.tiltlens.page.Line;
import org.tiltlens.page.Pages;
import org.tiltlens.page.Quantity;
import org.tiltlens.page.Script;

/**
 * The page of a comparison: one file of HTML that holds its pictures, plots, styles and script, and
 * asks nothing of any network.
 *
 * <p>Without its script everything is there to read.
 *
 * @param run the comparison
 * @param grid its pictures and numbers
 * @param bitsPlot {@link ComparePlot#againstBits} as a {@code data:} URI
 * @param kernelPlot {@link ComparePlot#againstKernel} as a {@code data:} URI
 * @param script sorts and enlarges
 */
record ComparePage(
    CompareResult run, CompareGrid grid, String bitsPlot, String kernelPlot, Script script) {
  private static final String FLOOR = "/floor";

  /**
   * A line of the table of medians.
   *
   * @param label a method's name, or that of images that everybody knows
   * @param meaning one sentence without its full stop
   * @param features over how many the medians are; null where features do not enter
   * @param at its place in the {@code compare.json}
   * @param lines one per column, null where it is not known; empty for a method that failed on
   *     every feature
   * @param infinite the columns whose number is infinite
   */
  record MedianRow(
      String label,
      String meaning,
      Integer features,
      String at,
      List<Line> lines,
      Set<Integer> infinite) {

    private boolean isFloor() {
      return at.equals(FLOOR);
    }

    /** Where the number of features stands. */
    String featuresAt() {
      return isFloor()
          ? at + "/" + ComparedNumber.KERNEL_SAME_SCORE.key() + "/samples"
          : at + "/features";
    }
  }

  /**
   * Writes {@code index.html} into the folder of a comparison, whole or not at all.
   *
   * @param folder where the pictures that the result names are
   * @param bitsSvg the plot against bits per dimension
   * @param kernelSvg the plot against kernel distance
   * @throws IOException if a picture is missing or no PNG, or the page cannot be written
   */
  static void write(Path folder, CompareResult run, String bitsSvg, String kernelSvg)
      throws IOException {
    Pages.write(
        folder,
        "compare/compare.jte",
        new ComparePage(
            run,
            new CompareReader(folder, run).read(),
            ChartFiles.dataUri(bitsSvg),
            ChartFiles.dataUri(kernelSvg),
            Script.beside(ComparePage.class, "compare.js")));
  }

  /** Methods, then the floor, then images that everybody knows. */
  List<MedianRow> medians() {
    List<MedianRow> rows = new ArrayList<>();
    for (int i = 0; i < run.medians().size(); i++) {
      CompareResult.Median median = run.medians().get(i);
      Method method = median.method();
      rows.add(
          row(
              method.label(),
              method.meaning(),
              median.features(),
              "/medians/" + i,
              median.numbers(),
              climbs(method)));
    }
    rows.add(
        row(
            "floor: natural images",
            "as many images of the corpus' calibrating half, by the tilt at the same score and all"
                + " alike of the corpus: what chance alone gives",
            run.floor().isEmpty()
                ? null
                : (Integer) run.floor().get(ComparedNumber.KERNEL_SAME_SCORE).samples(),
            FLOOR,
            run.floor(),
            false));
    for (int i = 0; i < run.yardsticks().size(); i++) {
      CompareResult.Yardstick known = run.yardsticks().get(i);
      rows.add(
          row(known.label(), known.meaning(), null, "/yardsticks/" + i, known.numbers(), false));
    }
    return rows;
  }

  private MedianRow row(
      String label,
      String meaning,
      Integer features,
      String at,
      Map<ComparedNumber, Interval> numbers,
      boolean isPoint) {
    // The floor's numbers stand by themselves.
    String below = at.equals(FLOOR) ? "/" : "/numbers/";
    List<Line> lines = new ArrayList<>();
    for (ComparedNumber column : columns()) {
      lines.add(
          CompareReader.line(column.quantity(), numbers.get(column), at + below + column.key()));
    }
    int kl = columns().indexOf(ComparedNumber.KL);
    return new MedianRow(
        label, meaning, features, at, lines, isPoint && kl >= 0 ? Set.of(kl) : Set.of());
  }

  /** Whether a method's distribution is a point, infinitely far from all others. */
  private boolean climbs(Method method) {
    return run.results().stream()
        .filter(cell -> cell.method().equals(method) && cell.metrics() != null)
        .map(cell -> cell.metrics().kl())
        .anyMatch(kl -> kl != null && kl.nats() == null);
  }

  /** Those that some row has a number in. */
  private List<ComparedNumber> columns() {
    return Arrays.stream(ComparedNumber.values())
        .filter(
            column ->
                run.medians().stream().anyMatch(median -> median.numbers().containsKey(column)))
        .toList();
  }

  /** What the columns of the medians measure. */
  List<Quantity> medianQuantities() {
    return columns().stream().map(ComparedNumber::quantity).toList();
  }

  /** A quantity's name, with what this comparison adds to it. */
  String label(Quantity quantity) {
    return quantity == Quantity.BITS_PER_DIM
        ? "bits/dim, %d-step bound".formatted(run.boundSteps())
        : quantity.label();
  }

  /** Whether the bundle has a judge. */
  boolean isJudged() {
    return run.results().stream()
        .anyMatch(cell -> cell.metrics() != null && cell.metrics().judged() != null);
  }

  /** What rows of the grid can be sorted by. */
  Set<Quantity> gridQuantities() {
    Set<Quantity> all = EnumSet.noneOf(Quantity.class);
    grid.rows().stream()
        .flatMap(row -> row.cells().stream())
        .filter(Objects::nonNull)
        .flatMap(cell -> Stream.concat(cell.main().stream(), cell.more().stream()))
        .forEach(line -> all.add(line.value().quantity()));
    return all;
  }

  /** All that its numbers measure. */
  Set<Quantity> quantities() {
    Set<Quantity> all = EnumSet.of(Quantity.BETA, Quantity.SCORE_AFTER_TOPK);
    all.addAll(gridQuantities());
    all.addAll(medianQuantities());
    return all;
  }
}
