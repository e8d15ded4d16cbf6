package org.tiltlens.study;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;

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
   * @param readings empty for a method that failed on every feature
   */
  record MedianRow(CompareResult.Median median, String at, List<Reading> readings) {}

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
        "compare.jte",
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
        .mapToObj(i -> median(run.medians().get(i), "/medians/" + i))
        .toList();
  }

  private static MedianRow median(CompareResult.Median median, String at) {
    return new MedianRow(
        median, at, median.features() == 0 ? List.of() : readings(median, at + "/"));
  }

  private static List<Reading> readings(CompareResult.Median median, String at) {
    return List.of(
        Reading.of(Quantity.SCORE_OF_TARGET, median.scoreOfTarget(), at + "score_of_target"),
        Reading.of(Quantity.PERCENTILE, median.percentile(), at + "percentile"),
        Reading.of(Quantity.ACTIVE_SHARE, median.activeShare(), at + "active_share"),
        Reading.of(Quantity.RANK, median.rank(), at + "rank"),
        Reading.of(Quantity.BITS_PER_DIM, median.bitsPerDim(), at + "bits_per_dim"),
        Reading.of(
            Quantity.FRECHET_SAME_SCORE, median.frechetSameScore(), at + "frechet_same_score"),
        Reading.of(Quantity.FRECHET_CORPUS, median.frechetCorpus(), at + "frechet_corpus"),
        Reading.of(Quantity.KERNEL_SAME_SCORE, median.kernelSameScore(), at + "kernel_same_score"),
        Reading.of(Quantity.KERNEL_CORPUS, median.kernelCorpus(), at + "kernel_corpus"),
        Reading.of(Quantity.HIGH_FREQUENCY, median.highFrequency(), at + "high_frequency"),
        Reading.of(Quantity.DIVERSITY, median.diversity(), at + "diversity"),
        Reading.of(Quantity.SECONDS, median.secondsPerImage(), at + "seconds_per_image"));
  }

  /** What the columns of the medians measure. */
  List<Quantity> medianQuantities() {
    return medians().stream()
        .map(MedianRow::readings)
        .filter(readings -> !readings.isEmpty())
        .findFirst()
        .map(readings -> readings.stream().map(Reading::quantity).toList())
        .orElse(List.of());
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
