package org.tiltlens.app.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.tiltlens.app.cli.Table.Column;
import org.tiltlens.corpus.ShortName;
import org.tiltlens.retrieve.RetrievalResult;
import org.tiltlens.run.PercentileText;

/** A retrieval as people read it in a terminal. */
final class RetrievalTable {
  private static final List<Column> COLUMNS =
      List.of(
          Column.first("file", 28),
          new Column(" image", 7, true, 3),
          Column.of("score", 10, 0),
          Column.of("percentile", 10, 4),
          Column.of("weight", 9, 1),
          new Column(" class", 6, true, 2));

  private RetrievalTable() {}

  static String of(RetrievalResult result, Path folder) {
    StringBuilder text = new StringBuilder();
    for (RetrievalResult.UnitResult unit : result.results()) {
      line(text, "%s, beta %.4f", unit.unit(), unit.beta());
      Table table = new Table("  ", COLUMNS);
      for (RetrievalResult.ImageResult image : unit.images()) {
        table.row(
            image.file(),
            " " + ShortName.of(image.name()),
            String.format(Locale.ROOT, "%.4f", image.score()),
            PercentileText.of(image.percentile()),
            String.format(Locale.ROOT, "%.2e", image.weight()),
            " " + (image.label() == null ? "-" : image.label()));
      }
      text.append(table.text());
      line(
          text,
          "m %.4f%s   log Z %.4f%s   KL %.4f%s of at most %.2f   ESS %.1f of %,d%s",
          unit.m(),
          error(unit.se().m()),
          unit.logZ(),
          error(unit.se().logZ()),
          unit.kl(),
          error(unit.se().kl()),
          unit.logN(),
          unit.ess(),
          unit.n(),
          unit.n() == 1 ? "   (one image: no errors)" : "");
    }
    text.append(LeftOutLine.of(result.leftOut(), folder));
    line(text, "%s  (%.1f s)", folder.resolve("index.html"), result.seconds());
    return text.toString().stripTrailing();
  }

  /** Nothing where the images cannot tell. */
  private static String error(double standardError) {
    return Double.isFinite(standardError)
        ? String.format(Locale.ROOT, " +- %.4f", standardError)
        : "";
  }

  private static void line(StringBuilder text, String format, Object... values) {
    text.append(String.format(Locale.ROOT, format, values)).append('\n');
  }
}
