package org.tiltlens.app.cli;

import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import org.tiltlens.app.cli.Table.Column;
import org.tiltlens.demo.DemoResult;
import org.tiltlens.run.PercentileText;
import org.tiltlens.study.Caveats;
import org.tiltlens.study.StudyResult.UnitResult;

/** A demo as people read it in a terminal. */
final class DemoTable {
  private static final double HIGH_PERCENTILE = 95;
  private static final double NATURAL = 0.25;

  private DemoTable() {}

  private static List<Column> columns(String kl) {
    return List.of(
        Column.of("feature", 7, 0),
        Column.of("target %", 8, 0),
        Column.of("target", 9, 4),
        Column.of("beta", 8, 3),
        Column.of("mean", 9, 6),
        Column.of("percentile", 10, 0),
        Column.of("bits/dim", 9, 1),
        Column.of("/unguided", 9, 2),
        Column.of(kl, 9, 5));
  }

  static String of(DemoResult demo, Path folder) {
    StringBuilder text = new StringBuilder(PromptLine.of(demo.spec().priorOptions()));
    Table table = new Table("", columns(demo.spec().exact() ? "KL" : "path KL"));
    for (UnitResult result : demo.results()) {
      table.row(
          Integer.toString(result.feature()),
          number("%.1f", result.target().percentile()),
          number("%.3f", result.target().activation()),
          number("%.2f", result.beta()),
          number("%.3f", result.meanScore()),
          PercentileText.of(result.reachedPercentile()),
          number("%.3f", result.meanBitsPerDim()),
          number("%.2f", ratio(result, demo)),
          demo.spec().exact() ? number("%.2f", result.kl()) : number("%.1f", result.pathKl()));
    }
    text.append(table.text());
    line(
        text,
        "unguided: %.3f bits/dim over %d images",
        demo.unguided().meanBitsPerDim(),
        demo.unguided().images().size());
    text.append(demo.spec().exact() ? unsure(demo) : strongest(demo));
    line(text, "%s  (%.1f s)", folder.resolve("index.html"), demo.seconds());
    return text.toString().stripTrailing();
  }

  /** A line on tilts that a pool can hardly tell; nothing without any. */
  private static String unsure(DemoResult demo) {
    long rough = demo.results().stream().filter(Caveats::isRough).count();
    long unmixed =
        demo.results().stream().filter(result -> !result.annealed().mixing().mixed()).count();
    return some(
            rough,
            demo,
            "have rough numbers: fewer than 30 effective paths of the pool, or wide errors")
        + some(unmixed, demo, "may not pass for samples of q_beta: run.json says why");
  }

  private static String some(long tilts, DemoResult demo, String which) {
    return tilts == 0
        ? ""
        : String.format(Locale.ROOT, "%d of %d tilts %s%n", tilts, demo.results().size(), which);
  }

  private static String strongest(DemoResult demo) {
    List<UnitResult> strongest =
        demo.features().stream()
            .map(feature -> strongest(demo.resultsOf(feature.feature())))
            .toList();
    return String.format(
        Locale.ROOT,
        "strongest tilt: %d of %d features reach the corpus' %.0fth percentile, %d of them within"
            + " %.0f %% of the unguided bits/dim%n",
        strongest.stream().filter(DemoTable::reaches).count(),
        strongest.size(),
        HIGH_PERCENTILE,
        strongest.stream()
            .filter(DemoTable::reaches)
            .filter(result -> isNatural(result, demo))
            .count(),
        100 * NATURAL);
  }

  private static UnitResult strongest(List<UnitResult> results) {
    return results.stream().max(Comparator.comparing(UnitResult::beta)).orElseThrow();
  }

  private static boolean reaches(UnitResult result) {
    return result.reachedPercentile() >= HIGH_PERCENTILE;
  }

  private static boolean isNatural(UnitResult result, DemoResult demo) {
    return Math.abs(ratio(result, demo) - 1) <= NATURAL;
  }

  private static double ratio(UnitResult result, DemoResult demo) {
    return result.meanBitsPerDim() / demo.unguided().meanBitsPerDim();
  }

  private static String number(String format, Double value) {
    return value == null ? "-" : String.format(Locale.ROOT, format, value);
  }

  private static void line(StringBuilder text, String format, Object... values) {
    text.append(String.format(Locale.ROOT, format, values)).append('\n');
  }
}
