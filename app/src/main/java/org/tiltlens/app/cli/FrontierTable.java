package org.tiltlens.app.cli;

import java.nio.file.Path;
import java.util.Locale;
import org.tiltlens.frontier.FrontierPoint;
import org.tiltlens.frontier.FrontierResult;

/** A frontier as people read it in a terminal. */
final class FrontierTable {
  private static final String ROW = "%-18s %-16s %10s %9s %10s %9s %10s %8s";

  private FrontierTable() {}

  static String of(FrontierResult frontier, Path folder) {
    StringBuilder text = new StringBuilder();
    line(text, ROW, "method", "setting", "mean", "+-", "KL", "+-", "least KL", "seconds");
    for (FrontierPoint point : frontier.points()) {
      line(
          text,
          ROW,
          point.method().label(),
          point.settingText(),
          number("%.3f", point.mean()),
          number("%.3f", point.meanSe()),
          number("%.3f", point.kl()),
          number("%.3f", point.klSe()),
          number("%.3f", point.leastKl()),
          number("%.1f", point.seconds()));
    }
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
