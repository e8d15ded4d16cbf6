package org.tiltlens.app.cli;

import java.nio.file.Path;
import java.util.Locale;
import org.tiltlens.explain.ExplainResult;

/** An explained picture as people read it in a terminal. */
final class ExplainTable {
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
              : String.format(Locale.ROOT, ", percentile %.2f of the corpus", unit.percentile()));
      if (unit.note() != null) {
        line(text, "%s", unit.note());
      }
      line(text, "  %-22s %9s %10s %10s  %s", "map", "size", "lowest", "highest", "setting");
      for (ExplainResult.MapResult map : unit.maps()) {
        line(
            text,
            "  %-22s %9s %10.4f %10.4f  %s",
            map.file(),
            map.rows() + " x " + map.columns(),
            map.lowest(),
            map.highest(),
            map.setting());
      }
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
