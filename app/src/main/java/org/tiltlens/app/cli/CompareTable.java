package org.tiltlens.app.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.tiltlens.compare.CompareResult;
import org.tiltlens.compare.CompareResult.Median;

/** A comparison as people read it in a terminal: medians over the features. */
final class CompareTable {
  private static final String METHOD = "%-20s";

  /**
   * A column of numbers.
   *
   * @param width in characters
   * @param format of a number
   */
  private record Column(String name, int width, String format, Function<Median, Double> value) {
    private String head() {
      return pad(name);
    }

    /** A number, or a dash where it is not known. */
    private String of(Median median) {
      Double number = value.apply(median);
      return pad(number == null ? "-" : String.format(Locale.ROOT, format, number));
    }

    private String pad(String text) {
      return String.format(Locale.ROOT, " %" + width + "s", text);
    }

    private boolean isKnown(CompareResult result) {
      return result.medians().stream().anyMatch(median -> value.apply(median) != null);
    }
  }

  private static final List<Column> COLUMNS =
      List.of(
          new Column("features", 8, "%.0f", median -> (double) median.features()),
          new Column("/ wanted", 9, "%.2f", Median::scoreOfTarget),
          new Column("percentile", 9, "%.2f", Median::percentile),
          new Column("active", 7, "%.0f %%", median -> 100 * median.activeShare()),
          new Column("rank", 6, "%.1f", Median::rank),
          new Column("bits/dim", 9, "%.2f", Median::bitsPerDim),
          new Column("FD same", 9, "%.2f", Median::frechetSameScore),
          new Column("FD all", 9, "%.2f", Median::frechetCorpus),
          new Column("KD same", 9, "%.3f", Median::kernelSameScore),
          new Column("diverse", 9, "%.3f", Median::diversity),
          new Column("s/image", 9, "%.2f", Median::secondsPerImage),
          new Column("s/beta", 9, "%.2f", Median::secondsFindingBeta));

  /** What a judge says: there where the bundle has one. */
  private static final List<Column> JUDGED =
      List.of(
          new Column("TV", 6, "%.2f", Median::classes),
          new Column("floor", 6, "%.2f", Median::classesFloor),
          new Column("seen", 7, "%.1f %%", median -> percent(median.seen())),
          new Column("of tilt", 7, "%.1f %%", median -> percent(median.tiltSeen())));

  private CompareTable() {}

  private static Double percent(Double share) {
    return share == null ? null : Double.valueOf(100 * share);
  }

  static String of(CompareResult result, Path folder) {
    List<Column> columns =
        JUDGED.stream().anyMatch(column -> column.isKnown(result))
            ? Stream.concat(COLUMNS.stream(), JUDGED.stream()).toList()
            : COLUMNS;
    StringBuilder text = new StringBuilder();
    line(text, "method", columns, Column::head);
    for (Median median : result.medians()) {
      line(text, median.method().label(), columns, column -> column.of(median));
    }
    return text.append(
            String.format(
                Locale.ROOT, "%s  (%.1f s)", folder.resolve("index.html"), result.seconds()))
        .toString();
  }

  private static void line(
      StringBuilder text, String method, List<Column> columns, Function<Column, String> each) {
    text.append(String.format(Locale.ROOT, METHOD, method))
        .append(columns.stream().map(each).collect(Collectors.joining()))
        .append('\n');
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
}
