package org.tiltlens.app.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.tiltlens.compare.CompareResult;

/** A comparison as people read it in a terminal: medians over the features. */
final class CompareTable {
  private static final String ROW = "%-20s %8s %9s %9s %7s %6s %9s %9s %9s %9s %9s %9s %9s";

  private CompareTable() {}

  static String of(CompareResult result, Path folder) {
    StringBuilder text = new StringBuilder();
    line(
        text,
        ROW,
        "method",
        "features",
        "/ wanted",
        "percentile",
        "active",
        "rank",
        "bits/dim",
        "FD same",
        "FD all",
        "KD same",
        "diverse",
        "s/image",
        "s/beta");
    for (CompareResult.Median median : result.medians()) {
      line(
          text,
          ROW,
          median.method().label(),
          Integer.toString(median.features()),
          number("%.2f", median.scoreOfTarget()),
          number("%.2f", median.percentile()),
          number("%.0f %%", 100 * median.activeShare()),
          number("%.1f", median.rank()),
          number("%.2f", median.bitsPerDim()),
          number("%.2f", median.frechetSameScore()),
          number("%.2f", median.frechetCorpus()),
          number("%.3f", median.kernelSameScore()),
          number("%.3f", median.diversity()),
          number("%.2f", median.secondsPerImage()),
          number("%.2f", median.secondsFindingBeta()));
    }
    line(text, "%s  (%.1f s)", folder.resolve("index.html"), result.seconds());
    return text.toString().stripTrailing();
  }

  /** A number, or a dash where it is not known. */
  private static String number(String format, Double value) {
    return value == null ? "-" : String.format(Locale.ROOT, format, value);
  }

  /** What failed, a line each. */
  static List<String> failures(CompareResult result) {
    return result.results().stream()
        .filter(cell -> cell.failure() != null)
        .map(
            cell ->
                "%s failed on feature %d: %s"
                    .formatted(
                        cell.method().label(), cell.feature(), FieldNames.shown(cell.failure())))
        .toList();
  }

  private static void line(StringBuilder text, String format, Object... values) {
    text.append(String.format(Locale.ROOT, format, values)).append('\n');
  }
}
