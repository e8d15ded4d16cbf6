package org.tiltlens.compare;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.tiltlens.chart.ChartFiles;
import org.tiltlens.page.Pages;
import org.tiltlens.page.Quantity;
import org.tiltlens.page.Reading;
import org.tiltlens.run.Sha256;

/**
 * The page of a comparison: one file of HTML that holds its pictures, plots, styles and script, and
 * asks nothing of any network.
 *
 * <p>The script sorts and enlarges; without it everything is there to read. The page allows no
 * other script: it names the one by its hash.
 *
 * @param run the comparison
 * @param grid its pictures and numbers
 * @param bitsPlot {@link ComparePlot#againstBits} as a {@code data:} URI
 * @param frechetPlot {@link ComparePlot#againstFrechet} as a {@code data:} URI
 * @param script the script's text
 */
record ComparePage(
    CompareResult run, CompareGrid grid, String bitsPlot, String frechetPlot, String script) {
  private static final String SCRIPT = "compare.js";

  /**
   * A line of the table of medians.
   *
   * @param median a method's medians
   * @param at their place in the {@code compare.json}
   * @param readings one per column, null where it is not known; empty for a method that failed on
   *     every feature
   */
  record MedianRow(CompareResult.Median median, String at, List<Reading> readings) {}

  /**
   * A column of the table of medians.
   *
   * @param quantity what it measures
   * @param key name of the number in the {@code compare.json}
   * @param value null where it is not known
   */
  private record Column(
      Quantity quantity, String key, Function<CompareResult.Median, Double> value) {}

  private static final List<Column> COLUMNS =
      List.of(
          new Column(
              Quantity.SCORE_OF_TARGET, "score_of_target", CompareResult.Median::scoreOfTarget),
          new Column(Quantity.PERCENTILE, "percentile", CompareResult.Median::percentile),
          new Column(Quantity.ACTIVE_SHARE, "active_share", CompareResult.Median::activeShare),
          new Column(Quantity.RANK, "rank", CompareResult.Median::rank),
          new Column(Quantity.BITS_PER_DIM, "bits_per_dim", CompareResult.Median::bitsPerDim),
          new Column(
              Quantity.FRECHET_SAME_SCORE,
              "frechet_same_score",
              CompareResult.Median::frechetSameScore),
          new Column(
              Quantity.FRECHET_CORPUS, "frechet_corpus", CompareResult.Median::frechetCorpus),
          new Column(
              Quantity.KERNEL_SAME_SCORE,
              "kernel_same_score",
              CompareResult.Median::kernelSameScore),
          new Column(Quantity.KERNEL_CORPUS, "kernel_corpus", CompareResult.Median::kernelCorpus),
          new Column(
              Quantity.HIGH_FREQUENCY, "high_frequency", CompareResult.Median::highFrequency),
          new Column(Quantity.DIVERSITY, "diversity", CompareResult.Median::diversity),
          new Column(Quantity.CLASSES, "classes", CompareResult.Median::classes),
          new Column(Quantity.CLASSES_FLOOR, "classes_floor", CompareResult.Median::classesFloor),
          new Column(Quantity.SEEN, "seen", CompareResult.Median::seen),
          new Column(Quantity.TILT_SEEN, "tilt_seen", CompareResult.Median::tiltSeen),
          new Column(Quantity.SECONDS, "seconds_per_image", CompareResult.Median::secondsPerImage),
          new Column(
              Quantity.SECONDS_FINDING_BETA,
              "seconds_finding_beta",
              CompareResult.Median::secondsFindingBeta));

  /**
   * Writes {@code index.html} into the folder of a comparison, whole or not at all.
   *
   * @param folder where the pictures that the result names are
   * @param bitsSvg the plot against bits per dimension
   * @param frechetSvg the plot against Frechet distance
   * @throws IOException if a picture is missing or no PNG, or the page cannot be written
   */
  static void write(Path folder, CompareResult run, String bitsSvg, String frechetSvg)
      throws IOException {
    Pages.write(
        folder,
        "compare/compare.jte",
        new ComparePage(
            run,
            new CompareReader(folder, run).read(),
            ChartFiles.dataUri(bitsSvg),
            ChartFiles.dataUri(frechetSvg),
            readScript()));
  }

  private static String readScript() throws IOException {
    try (InputStream in = ComparePage.class.getResourceAsStream(SCRIPT)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  /** The script as the source that the page's policy allows: {@code 'sha256-...'}. */
  String scriptSource() {
    return "'sha256-" + Base64.getEncoder().encodeToString(Sha256.bytesOf(script)) + "'";
  }

  List<MedianRow> medians() {
    return IntStream.range(0, run.medians().size())
        .mapToObj(i -> row(run.medians().get(i), "/medians/" + i))
        .toList();
  }

  private MedianRow row(CompareResult.Median median, String at) {
    List<Reading> readings =
        columns().stream()
            .map(
                column ->
                    Reading.of(column.quantity, column.value.apply(median), at + "/" + column.key))
            .toList();
    return new MedianRow(median, at, median.features() == 0 ? List.of() : readings);
  }

  /** Those that some method has a number in. */
  private List<Column> columns() {
    return COLUMNS.stream()
        .filter(
            column ->
                run.medians().stream()
                    .anyMatch(
                        median -> median.features() > 0 && column.value.apply(median) != null))
        .toList();
  }

  /** What the columns of the medians measure. */
  List<Quantity> medianQuantities() {
    return columns().stream().map(Column::quantity).toList();
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
