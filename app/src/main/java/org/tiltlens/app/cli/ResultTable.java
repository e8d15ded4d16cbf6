package org.tiltlens.app.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.tiltlens.app.cli.Table.Column;
import org.tiltlens.run.PercentileText;
import org.tiltlens.study.Caveats;
import org.tiltlens.study.StudyResult;
import org.tiltlens.synthesis.Estimates;

/** A result as people read it in a terminal. */
final class ResultTable {
  private ResultTable() {}

  private static final List<Column> COLUMNS =
      List.of(
          Column.first("image", 24),
          Column.of("score", 10, 0),
          Column.of("after top-k", 12, 2),
          Column.of("percentile", 10, 4),
          Column.of("bits/dim", 10, 3),
          Column.of("path KL", 10, 1));

  static String of(StudyResult result, Path folder) {
    StringBuilder text = new StringBuilder(PromptLine.of(result.spec().models().priorOptions()));
    for (StudyResult.UnitResult unit : result.results()) {
      line(text, "%s, %s, %s", unit.unit(), how(unit), strength(unit));
      Table table = new Table("  ", COLUMNS);
      for (StudyResult.ImageResult image : unit.images()) {
        table.row(
            image.file(),
            number(image.score()),
            number(image.scoreAfterTopk()),
            percentile(image.percentile()),
            number(image.bitsPerDim()),
            number(image.pathKl()));
      }
      table.row(
          "mean of these",
          number(unit.meanScoreOfImages()),
          "",
          "",
          number(unit.meanBitsPerDim()),
          number(unit.pathKl()));
      text.append(table.text());
      if (unit.note() != null) {
        line(text, "%s", unit.note());
      }
      Estimates known = unit.estimates();
      text.append(missed(unit))
          .append(Overshoot.of(unit))
          .append(EstimateLines.of(mean(unit), known.meanScore()))
          .append(EstimateLines.of("log Z", known.logZ()))
          .append(EstimateLines.of(kl(unit), known.kl()))
          .append(EstimateLines.of("KL(q || q_beta) <=", known.certificate()))
          .append(EstimateLines.of(unit.particles()))
          .append(AnnealedLines.of(unit.annealed(), Caveats.isRough(unit)))
          .append(RenoisedLines.of(unit));
    }
    line(text, "%s  (%.1f s)", folder.resolve("index.html"), result.seconds());
    return text.toString().stripTrailing();
  }

  private static String how(StudyResult.UnitResult unit) {
    return unit.renoised() != null
        ? "photographs that are moved"
        : unit.annealed() != null ? "exact samples" : unit.guidance() + " guidance";
  }

  /** Of samples from a pool the tilt's own mean is known better than these images tell. */
  private static String mean(StudyResult.UnitResult unit) {
    return unit.annealed() == null
        ? "mean score"
        : String.format(
            Locale.ROOT,
            "E[s] of q_beta%s",
            unit.reachedPercentile() == null
                ? ""
                : ", P %s".formatted(percentile(unit.reachedPercentile())));
  }

  private static String kl(StudyResult.UnitResult unit) {
    return unit.renoised() == null ? "KL(q_beta || p)" : "KL(q_beta || corpus)";
  }

  /** A word where the mean score is not about the wanted one. */
  private static String missed(StudyResult.UnitResult unit) {
    String miss = Caveats.miss(unit);
    if (miss == null) {
      return "";
    }
    return String.format(
        Locale.ROOT,
        "%s: %s%n",
        miss,
        unit.renoised() != null
            ? "see the drift below"
            : unit.annealed() == null
                ? "allow more --pilots, of more --pilot-images"
                : "give more --moves or --particles, or a larger --pool-size");
  }

  private static String strength(StudyResult.UnitResult unit) {
    if (unit.beta() == null) {
      return "scale " + unit.scale();
    }
    return unit.target() == null
        ? "beta " + unit.beta()
        : String.format(
            Locale.ROOT,
            "beta %.4f%s for a mean score of %.4f, percentile %s of the corpus",
            unit.beta(),
            unit.betaStandardError() == null
                ? ""
                : String.format(Locale.ROOT, " +- %.4f", unit.betaStandardError()),
            unit.target().activation(),
            percentile(unit.target().percentile()));
  }

  private static String percentile(Double value) {
    return value == null ? "-" : PercentileText.of(value);
  }

  private static String number(Double value) {
    return value == null ? "-" : String.format(Locale.ROOT, "%.4f", value);
  }

  private static void line(StringBuilder text, String format, Object... values) {
    text.append(String.format(Locale.ROOT, format, values)).append('\n');
  }
}
