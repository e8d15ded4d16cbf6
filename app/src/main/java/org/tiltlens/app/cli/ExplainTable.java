package org.tiltlens.app.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.tiltlens.app.cli.Table.Column;
import org.tiltlens.explain.ExplainResult;
import org.tiltlens.run.PercentileText;

/** An explained picture as people read it in a terminal. */
final class ExplainTable {
  private static final List<Column> COLUMNS =
      List.of(
          Column.first("map", 22),
          Column.of("size", 9, 2),
          Column.of("lowest", 10, 3),
          Column.of("highest", 10, 0),
          new Column(" setting", 8, true, 1));

  private ExplainTable() {}

  static String of(ExplainResult result, Path folder) {
    StringBuilder text = new StringBuilder();
    for (ExplainResult.UnitResult unit : result.results()) {
      line(text, "%s", unit.reading());
      line(
          text,
          "score %.4f%s",
          unit.score(),
          unit.percentile() == null
              ? ""
              : ", percentile %s of the corpus".formatted(PercentileText.of(unit.percentile())));
      if (unit.note() != null) {
        line(text, "%s", unit.note());
      }
      Table table = new Table("  ", COLUMNS);
      for (ExplainResult.MapResult map : unit.maps()) {
        table.row(
            map.file(),
            map.rows() + " x " + map.columns(),
            String.format(Locale.ROOT, "%.4f", map.lowest()),
            String.format(Locale.ROOT, "%.4f", map.highest()),
            " " + map.setting());
      }
      text.append(table.text());
      if (unit.reliance() != null) {
        line(
            text,
            "%d top images, mean score %.4f: %s",
            unit.reliance().images(),
            unit.reliance().score().value(),
            unit.reliance().reading());
      }
    }
    text.append(LeftOutLine.of(result.leftOut(), folder));
    line(text, "%s  (%.1f s)", folder.resolve("index.html"), result.seconds());
    return text.toString().stripTrailing();
  }

  private static void line(StringBuilder text, String format, Object... values) {
    text.append(String.format(Locale.ROOT, format, values)).append('\n');
  }
}
