package org.tiltlens.app.cli;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.tiltlens.annealing.Drift;
import org.tiltlens.annealing.RenoisingMove;
import org.tiltlens.harvest.SkippedFile;
import org.tiltlens.study.RenoisedReport;
import org.tiltlens.study.StudyResult;
import org.tiltlens.tilting.Estimate;

/** How samples that started from a corpus were had, as lines under a table. */
final class RenoisedLines {
  private RenoisedLines() {}

  /** Nothing if there were none. */
  static String of(StudyResult.UnitResult unit) {
    RenoisedReport report = unit.renoised();
    if (report == null) {
      return "";
    }
    StringBuilder text = new StringBuilder(EstimateLines.of("mean of q_beta", report.corpusMean()));
    line(
        text,
        "  corpus: %,d images, of which %.1f are effective at this beta%s",
        report.corpusImages(),
        report.corpusEss(),
        report.restsOnFew() ? ": its numbers are rough" : "");
    if (report.leftOut() != null) {
      line(text, "  %s; names in %s", report.leftOut(), SkippedFile.NAME);
    }
    int size = report.origins().size();
    line(
        text,
        "  samples: %d from %d images of the corpus, %d of them moved; %,d evaluations of the"
            + " prior",
        size,
        report.ancestors(),
        report.moved(),
        report.evaluations());
    line(text, "  accepted after steps: %s", accepted(report));
    if (report.moved() < size) {
      line(text, "  images of the corpus itself, as they never moved: %s", real(unit));
    }
    Drift drift = report.drift();
    line(
        text,
        "  drift without a tilt, of %d images by %d moves: mean score %s before, %s after, change"
            + " %s; distance from other images of the corpus %.4f before, %.4f after",
        drift.images(),
        drift.moves(),
        text(drift.before()),
        text(drift.after()),
        text(drift.change()),
        drift.chance(),
        drift.distance());
    return text.toString();
  }

  /** Share of proposals that were accepted, by the steps that they kept. */
  private static String accepted(RenoisedReport report) {
    Map<Integer, int[]> levels = new TreeMap<>();
    for (RenoisingMove move : report.moves()) {
      int[] counts = levels.computeIfAbsent(move.kept(), kept -> new int[2]);
      counts[0] += move.accepted();
      counts[1] += move.proposed();
    }
    return levels.entrySet().stream()
        .map(
            level ->
                String.format(
                    Locale.ROOT,
                    "%d: %.0f %%",
                    level.getKey(),
                    100.0 * level.getValue()[0] / level.getValue()[1]))
        .collect(Collectors.joining(", "));
  }

  private static String real(StudyResult.UnitResult unit) {
    List<RenoisedReport.Origin> origins = unit.renoised().origins();
    return IntStream.range(0, origins.size())
        .filter(image -> origins.get(image).accepted() == 0)
        .mapToObj(
            image ->
                "%s is '%s'".formatted(unit.images().get(image).file(), origins.get(image).name()))
        .collect(Collectors.joining(", "));
  }

  private static String text(Estimate estimate) {
    return String.format(Locale.ROOT, "%.4f +- %.4f", estimate.value(), estimate.standardError());
  }

  private static void line(StringBuilder text, String format, Object... values) {
    text.append(String.format(Locale.ROOT, format, values)).append('\n');
  }
}
