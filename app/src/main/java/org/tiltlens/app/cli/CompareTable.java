package org.tiltlens.app.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.tiltlens.compare.CompareResult;
import org.tiltlens.compare.CompareResult.Median;
import org.tiltlens.compare.ComparedNumber;
import org.tiltlens.metrics.Interval;
import org.tiltlens.run.PercentileText;

/**
 * A comparison as people read it in a terminal: medians over the features, and what to hold them
 * against.
 */
final class CompareTable {
  /**
   * A column of numbers.
   *
   * @param width in characters
   * @param goes when it is left out of a narrow terminal, 1 first
   * @param format of a number
   */
  private record Numbers(String name, int width, int goes, String format, ComparedNumber number) {
    private Table.Column column() {
      return Table.Column.of(name, width, goes);
    }

    /** A number, or a dash where it is not known. */
    private String of(Map<ComparedNumber, Interval> numbers) {
      Interval found = numbers.get(number);
      return found == null ? "-" : shown(found.value());
    }

    /** Shares are shown in percent. */
    private String shown(double value) {
      return number == ComparedNumber.PERCENTILE
          ? PercentileText.of(value)
          : String.format(Locale.ROOT, format, format.endsWith("%%") ? 100 * value : value);
    }
  }

  private static final List<Numbers> COLUMNS =
      List.of(
          new Numbers("/ wanted", 9, 18, "%.2f", ComparedNumber.SCORE_OF_TARGET),
          new Numbers("own/want", 9, 8, "%.2f", ComparedNumber.OWN_SCORE_OF_TARGET),
          new Numbers("percentile", 10, 12, "%.2f", ComparedNumber.PERCENTILE),
          new Numbers("active", 7, 6, "%.0f %%", ComparedNumber.ACTIVE_SHARE),
          new Numbers("rank", 6, 5, "%.1f", ComparedNumber.RANK),
          new Numbers("KL", 9, 17, "%.2f", ComparedNumber.KL),
          new Numbers("KD same", 9, 14, "%.3f", ComparedNumber.KERNEL_SAME_SCORE),
          new Numbers("KD all", 9, 7, "%.3f", ComparedNumber.KERNEL_CORPUS),
          new Numbers("FD same", 9, 4, "%.2f", ComparedNumber.FRECHET_SAME_SCORE),
          new Numbers("TV", 6, 16, "%.2f", ComparedNumber.CLASSES),
          new Numbers("floor", 6, 15, "%.2f", ComparedNumber.CLASSES_FLOOR),
          new Numbers("seen", 7, 11, "%.1f %%", ComparedNumber.SEEN),
          new Numbers("of tilt", 7, 10, "%.1f %%", ComparedNumber.TILT_SEEN),
          new Numbers("bits/dim", 9, 3, "%.2f", ComparedNumber.BITS_PER_DIM),
          new Numbers("QualiCLIP", 9, 13, "%.3f", ComparedNumber.QUALITY),
          new Numbers("diverse", 9, 9, "%.3f", ComparedNumber.DIVERSITY),
          new Numbers("s/image", 9, 2, "%.2f", ComparedNumber.SECONDS),
          new Numbers("s/beta", 9, 1, "%.2f", ComparedNumber.SECONDS_FINDING_BETA));

  private CompareTable() {}

  static String of(CompareResult result, Path folder) {
    List<Numbers> columns =
        COLUMNS.stream()
            .filter(
                column ->
                    result.medians().stream()
                        .anyMatch(median -> median.numbers().containsKey(column.number)))
            .toList();
    List<Table.Column> heads = new ArrayList<>(List.of(Table.Column.first("method", 34)));
    columns.forEach(column -> heads.add(column.column()));
    Table table = new Table("", heads);
    for (Median median : result.medians()) {
      table.row(row(median.method().label(), columns, median.numbers()));
    }
    table.row(row("floor: natural images", columns, result.floor()));
    result.yardsticks().forEach(known -> table.row(row(known.label(), columns, known.numbers())));
    StringBuilder text = new StringBuilder(PromptLine.of(result.spec().priorOptions()));
    return text.append(table.text())
        .append(LeftOutLine.of(result.leftOut(), folder))
        .append(
            String.format(
                Locale.ROOT,
                "Medians over %s, %d images with each of %s; all against %d"
                    + " images of the corpus that nothing was calibrated on.%n%s  (%.1f s)",
                many(result.features().size(), "feature"),
                result.spec().count(),
                many(result.spec().seeds(), "seed"),
                result.judgingImages(),
                folder.resolve("index.html"),
                result.seconds()))
        .toString();
  }

  private static String many(int count, String what) {
    return count + " " + what + (count == 1 ? "" : "s");
  }

  private static List<String> row(
      String method, List<Numbers> columns, Map<ComparedNumber, Interval> numbers) {
    return Stream.concat(Stream.of(method), columns.stream().map(column -> column.of(numbers)))
        .toList();
  }

  /** What failed, a line each. */
  static List<String> failures(CompareResult result) {
    return result.results().stream()
        .filter(cell -> cell.failure() != null)
        .map(
            cell ->
                "%s failed on feature %d: %s"
                    .formatted(
                        cell.method().label(),
                        cell.feature(),
                        FieldNames.shown(cell.failure(), "compare")))
        .toList();
  }
}
