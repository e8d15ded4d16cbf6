package org.tiltlens.app.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.tiltlens.compare.CompareResult;
import org.tiltlens.compare.CompareResult.Median;
import org.tiltlens.compare.ComparedNumber;
import org.tiltlens.metrics.Interval;

/**
 * A comparison as people read it in a terminal: medians over the features, and what to hold them
 * against.
 */
final class CompareTable {
  private static final String METHOD = "%-34s";

  /**
   * A column of numbers.
   *
   * @param width in characters
   * @param format of a number
   */
  private record Column(String name, int width, String format, ComparedNumber number) {
    private String head() {
      return pad(name);
    }

    /** A number, or a dash where it is not known. */
    private String of(Map<ComparedNumber, Interval> numbers) {
      Interval found = numbers.get(number);
      return pad(found == null ? "-" : String.format(Locale.ROOT, format, shown(found.value())));
    }

    /** Shares are shown in percent. */
    private double shown(double value) {
      return format.endsWith("%%") ? 100 * value : value;
    }

    private String pad(String text) {
      return String.format(Locale.ROOT, " %" + width + "s", text);
    }
  }

  private static final List<Column> COLUMNS =
      List.of(
          new Column("/ wanted", 9, "%.2f", ComparedNumber.SCORE_OF_TARGET),
          new Column("own/want", 9, "%.2f", ComparedNumber.OWN_SCORE_OF_TARGET),
          new Column("percentile", 10, "%.2f", ComparedNumber.PERCENTILE),
          new Column("active", 7, "%.0f %%", ComparedNumber.ACTIVE_SHARE),
          new Column("rank", 6, "%.1f", ComparedNumber.RANK),
          new Column("KL", 9, "%.2f", ComparedNumber.KL),
          new Column("KD same", 9, "%.3f", ComparedNumber.KERNEL_SAME_SCORE),
          new Column("KD all", 9, "%.3f", ComparedNumber.KERNEL_CORPUS),
          new Column("FD same", 9, "%.2f", ComparedNumber.FRECHET_SAME_SCORE),
          new Column("TV", 6, "%.2f", ComparedNumber.CLASSES),
          new Column("floor", 6, "%.2f", ComparedNumber.CLASSES_FLOOR),
          new Column("seen", 7, "%.1f %%", ComparedNumber.SEEN),
          new Column("of tilt", 7, "%.1f %%", ComparedNumber.TILT_SEEN),
          new Column("bits/dim", 9, "%.2f", ComparedNumber.BITS_PER_DIM),
          new Column("QualiCLIP", 9, "%.3f", ComparedNumber.QUALITY),
          new Column("diverse", 9, "%.3f", ComparedNumber.DIVERSITY),
          new Column("s/image", 9, "%.2f", ComparedNumber.SECONDS),
          new Column("s/beta", 9, "%.2f", ComparedNumber.SECONDS_FINDING_BETA));

  private CompareTable() {}

  static String of(CompareResult result, Path folder) {
    List<Column> columns =
        COLUMNS.stream()
            .filter(
                column ->
                    result.medians().stream()
                        .anyMatch(median -> median.numbers().containsKey(column.number)))
            .toList();
    StringBuilder text = new StringBuilder();
    line(text, "method", columns, Column::head);
    for (Median median : result.medians()) {
      line(text, median.method().label(), columns, column -> column.of(median.numbers()));
    }
    line(text, "floor: natural images", columns, column -> column.of(result.floor()));
    result
        .yardsticks()
        .forEach(known -> line(text, known.label(), columns, column -> column.of(known.numbers())));
    return text.append(LeftOutLine.of(result.leftOut(), folder))
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
