package org.tiltlens.app.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.tiltlens.app.cli.Table.Column;
import org.tiltlens.compose.CompositionResult;
import org.tiltlens.run.PercentileText;
import org.tiltlens.study.AnnealedReport;

/** A composition as people read it in a terminal. */
final class CompositionTable {
  private static final List<Column> COLUMNS =
      List.of(
          Column.first("unit", 28),
          Column.of("wanted", 10, 6),
          Column.of("E[s]", 10, 0),
          Column.of("+-", 8, 4),
          Column.of("shown", 8, 3),
          Column.of("natural", 10, 2),
          Column.of("percentile", 10, 5),
          Column.of("beta", 9, 3),
          Column.of("corpus", 9, 1));

  private CompositionTable() {}

  static String of(CompositionResult result, Path folder) {
    StringBuilder text = new StringBuilder(PromptLine.of(result.spec().models().priorOptions()));
    Table table = new Table("", COLUMNS);
    for (int k = 0; k < result.units().size(); k++) {
      CompositionResult.UnitOutcome unit = result.units().get(k);
      table.row(
          unit.unit(),
          unit.target() == null ? "-" : number(unit.target().activation()),
          number(unit.meanScore()),
          unit.standardError() == null ? "-" : number(unit.standardError()),
          number(result.meanScoreOfImages(k)),
          number(unit.naturalMean()),
          PercentileText.of(unit.reachedPercentile()),
          number(unit.beta()),
          number(unit.corpusBeta()));
    }
    text.append(table.text());
    CompositionResult.CorpusTilt corpus = result.corpusTilt();
    line(
        text,
        "%d images, bits/dim %.3f%s; the corpus' own joint tilt: KL %.3f, log Z %.3f, ESS %.1f of"
            + " %,d",
        result.results().size(),
        result.meanBitsPerDim(),
        result.pathKl() == null
            ? ""
            : String.format(Locale.ROOT, ", path KL %.2f", result.pathKl()),
        corpus.kl(),
        corpus.logZ(),
        corpus.ess(),
        corpus.images());
    AnnealedReport annealed = result.annealed();
    if (result.weighted() != null) {
      text.append(EstimateLines.of("log Z", result.weighted().logZ()))
          .append(EstimateLines.of("KL(q_beta || p)", result.weighted().kl()))
          .append(EstimateLines.of(result.weighted().particles()))
          .append(AnnealedLines.of(annealed, annealed != null && annealed.restsOnFew()));
    }
    text.append(LeftOutLine.of(result.leftOut(), folder));
    line(text, "%s  (%.1f s)", folder.resolve("index.html"), result.seconds());
    return text.toString().stripTrailing();
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%.4f", value);
  }

  private static void line(StringBuilder text, String format, Object... values) {
    text.append(String.format(Locale.ROOT, format, values)).append('\n');
  }
}
