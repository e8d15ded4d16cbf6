package org.tiltlens.app.cli;

import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.tiltlens.annealing.PathMove;
import org.tiltlens.annealing.Rung;
import org.tiltlens.annealing.Tally;
import org.tiltlens.study.AnnealedReport;

/** How exact samples were had, as lines under a table. */
final class AnnealedLines {
  private AnnealedLines() {}

  /**
   * Nothing if there were none.
   *
   * @param rough whether what they tell is not to be taken for more than it is
   */
  static String of(AnnealedReport report, boolean rough) {
    if (report == null) {
      return "";
    }
    StringBuilder text = new StringBuilder();
    line(
        text,
        "  pool: %,d paths, of which %.1f are effective at this beta%s",
        report.poolPaths(),
        report.poolEss(),
        report.poolLogZ() == null
            ? ""
            : String.format(
                Locale.ROOT,
                "; by their weights log Z is %.4f +- %.4f",
                report.poolLogZ().value(),
                report.poolLogZ().standardError()));
    line(
        text,
        "  samples: %,d, from %,d paths of the pool, %,d of them different; %,d evaluations of the"
            + " prior",
        report.particles(),
        report.ancestors(),
        report.distinct(),
        report.evaluations());
    List<Rung> moved = report.rungs().stream().filter(rung -> !rung.moves().isEmpty()).toList();
    if (report.rungs().stream().mapToDouble(Rung::beta).distinct().count() > 1) {
      line(text, "  tilts on the way: %s", tilts(report.rungs()));
    }
    if (!moved.isEmpty()) {
      line(text, "  accepted at the last: %s", accepted(moved.get(moved.size() - 1)));
    }
    if (!report.mixing().mixed()) {
      line(text, "  these may not pass for samples of q_beta: %s", report.mixing().why());
    } else if (rough) {
      line(
          text,
          "  its numbers are rough%s: a larger pool tells more (tiltlens pool --count N --out DIR,"
              + " then --pool DIR)",
          report.restsOnFew()
              ? String.format(
                  Locale.ROOT, ", as they rest on %.0f effective paths", report.poolEss())
              : "");
    }
    return text.toString();
  }

  private static String tilts(List<Rung> rungs) {
    StringBuilder text = new StringBuilder();
    for (Rung rung : rungs) {
      text.append(text.isEmpty() ? "" : ", ")
          .append(
              String.format(
                  Locale.ROOT,
                  "%.4g (ESS %.1f, %d moves)",
                  rung.beta(),
                  rung.ess(),
                  rung.moves().size()));
    }
    return text.toString();
  }

  /** Share of proposals that were accepted, by the steps that they kept. */
  private static String accepted(Rung rung) {
    Map<String, int[]> kinds =
        new TreeMap<>(Comparator.comparing(String::length).thenComparing(kind -> kind));
    for (Tally tally : rung.moves()) {
      int[] counts = kinds.computeIfAbsent(kind(tally.move()), kind -> new int[2]);
      counts[0] += tally.accepted();
      counts[1] += tally.proposed();
    }
    StringBuilder text = new StringBuilder();
    kinds.forEach(
        (kind, counts) ->
            text.append(text.isEmpty() ? "" : ", ")
                .append(
                    String.format(Locale.ROOT, "%s %.0f %%", kind, 100.0 * counts[0] / counts[1])));
    return text.toString();
  }

  private static String kind(PathMove move) {
    return move instanceof PathMove.NoiseWalk
        ? "walks"
        : (move instanceof PathMove.GuidedBranch
                ? "guided branch after step "
                : "branch after step ")
            + move.kept();
  }

  private static void line(StringBuilder text, String format, Object... values) {
    text.append(String.format(Locale.ROOT, format, values)).append('\n');
  }
}
