package org.tiltlens.app.cli;

import java.nio.file.Path;
import java.util.Locale;
import org.tiltlens.retrieve.RetrievalResult;

/** A retrieval as people read it in a terminal. */
final class RetrievalTable {
  private RetrievalTable() {}

  static String of(RetrievalResult result, Path folder) {
    StringBuilder text = new StringBuilder();
    for (RetrievalResult.UnitResult unit : result.results()) {
      line(text, "%s, beta %.4f", unit.unit(), unit.beta());
      line(
          text,
          "  %-28s %7s %10s %10s %9s  %s",
          "file",
          "image",
          "score",
          "percentile",
          "weight",
          "class");
      for (RetrievalResult.ImageResult image : unit.images()) {
        line(
            text,
            "  %-28s %7d %10.4f %10.2f %9.2e  %s",
            image.file(),
            image.index(),
            image.score(),
            image.percentile(),
            image.weight(),
            image.label() == null ? "-" : image.label());
      }
      line(
          text,
          "m %.4f +- %.4f   log Z %.4f +- %.4f   KL %.4f +- %.4f of at most %.2f   ESS %.1f of %,d",
          unit.m(),
          unit.se().m(),
          unit.logZ(),
          unit.se().logZ(),
          unit.kl(),
          unit.se().kl(),
          unit.logN(),
          unit.ess(),
          unit.n());
    }
    text.append(LeftOutLine.of(result.leftOut(), folder));
    line(text, "%s  (%.1f s)", folder.resolve("index.html"), result.seconds());
    return text.toString().stripTrailing();
  }

  private static void line(StringBuilder text, String format, Object... values) {
    text.append(String.format(Locale.ROOT, format, values)).append('\n');
  }
}
