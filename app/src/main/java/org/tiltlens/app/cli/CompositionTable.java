package org.tiltlens.app.cli;

import java.nio.file.Path;
import java.util.Locale;
import org.tiltlens.compose.CompositionResult;

/** A composition as people read it in a terminal. */
final class CompositionTable {
  private CompositionTable() {}

  static String of(CompositionResult result, Path folder) {
    StringBuilder text = new StringBuilder();
    line(
        text,
        "%-28s %10s %10s %8s %10s %10s %9s %9s",
        "unit",
        "wanted",
        "reached",
        "+-",
        "natural",
        "percentile",
        "beta",
        "corpus");
    for (CompositionResult.UnitOutcome unit : result.units()) {
      line(
          text,
          "%-28s %10s %10.4f %8s %10.4f %10.2f %9.4f %9.4f",
          unit.unit(),
          unit.target() == null ? "-" : number(unit.target().activation()),
          unit.meanScore(),
          unit.standardError() == null ? "-" : number(unit.standardError()),
          unit.naturalMean(),
          unit.reachedPercentile(),
          unit.beta(),
          unit.corpusBeta());
    }
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
    if (result.weighted() != null) {
      text.append(EstimateLines.of("log Z", result.weighted().logZ()))
          .append(EstimateLines.of("KL(q_beta || p)", result.weighted().kl()))
          .append(EstimateLines.of(result.weighted().particles()))
          .append(AnnealedLines.of(result.annealed()));
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
