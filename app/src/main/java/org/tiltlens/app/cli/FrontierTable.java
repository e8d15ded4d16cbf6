package org.tiltlens.app.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.tiltlens.app.cli.Table.Column;
import org.tiltlens.frontier.FrontierPoint;
import org.tiltlens.frontier.FrontierResult;

/** A frontier as people read it in a terminal. */
final class FrontierTable {
  private static final List<Column> COLUMNS =
      List.of(
          Column.first("method", 18),
          new Column("setting", 16, true, 4),
          Column.of("mean", 10, 0),
          Column.of("+-", 9, 2),
          Column.of("KL", 10, 0),
          Column.of("+-", 9, 3),
          Column.of("least KL", 10, 5),
          Column.of("seconds", 8, 1));

  private FrontierTable() {}

  static String of(FrontierResult frontier, Path folder) {
    StringBuilder text = new StringBuilder(PromptLine.of(frontier.spec().priorOptions()));
    Table table = new Table("", COLUMNS);
    for (FrontierPoint point : frontier.points()) {
      table.row(
          point.method().label(),
          point.settingText(),
          number("%.3f", point.mean()),
          number("%.3f", point.meanSe()),
          number("%.3f", point.kl()),
          number("%.3f", point.klSe()),
          number("%.3f", point.leastKl()),
          number("%.1f", point.seconds()));
    }
    text.append(table.text());
    text.append(LeftOutLine.of(frontier.leftOut(), folder));
    line(text, "%s  (%.1f s)", folder.resolve("index.html"), frontier.seconds());
    return text.toString().stripTrailing();
  }

  private static String number(String format, Double value) {
    return value == null ? "-" : String.format(Locale.ROOT, format, value);
  }

  private static void line(StringBuilder text, String format, Object... values) {
    text.append(String.format(Locale.ROOT, format, values)).append('\n');
  }
}
