package org.tiltlens.app.cli;

import java.nio.file.Path;
import java.util.Locale;
import org.tiltlens.study.StudyResult;

/** A result as people read it in a terminal. */
final class ResultTable {
  private ResultTable() {}

  static String of(StudyResult result, Path folder) {
    StringBuilder text = new StringBuilder();
    for (StudyResult.UnitResult unit : result.results()) {
      String factor = unit.beta() != null ? "beta " + unit.beta() : "scale " + unit.scale();
      line(text, "%s, %s guidance, %s", unit.unit(), unit.guidance(), factor);
      line(text, "  %-24s %10s %12s %10s", "image", "score", "after top-k", "path KL");
      for (StudyResult.ImageResult image : unit.images()) {
        line(
            text,
            "  %-24s %10.4f %12s %10s",
            image.file(),
            image.score(),
            number(image.scoreAfterTopk()),
            number(image.pathKl()));
      }
      line(text, "  %-24s %10.4f %12s %10s", "mean", unit.meanScore(), "", number(unit.pathKl()));
    }
    line(text, "%s  (%.1f s)", folder.resolve("run.json"), result.seconds());
    return text.toString().stripTrailing();
  }

  private static String number(Double value) {
    return value == null ? "-" : String.format(Locale.ROOT, "%.4f", value);
  }

  private static void line(StringBuilder text, String format, Object... values) {
    text.append(String.format(Locale.ROOT, format, values)).append('\n');
  }
}
