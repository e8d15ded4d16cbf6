package org.tiltlens.study;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.tiltlens.annealing.Drift;
import org.tiltlens.annealing.Rung;
import org.tiltlens.synthesis.Estimated;

/** What a reader has to know before the numbers of a result are believed. */
public final class Caveats {
  /** Nats of a KL that are as much as its features differ by. */
  private static final double ROUGH_KL = 0.5;

  /** Nats of a KL whose tilt is known well, wherever 0 is on the scale of its scores. */
  private static final double NO_DOUBT = 0.1;

  /** Share of a mean score. */
  private static final double ROUGH_MEAN = 0.15;

  /** Share of the wanted mean score within which the reached one needs no word. */
  private static final double NEAR = 0.1;

  /** Standard errors beyond which a drift is no chance. */
  private static final double CLEAR = 2;

  private Caveats() {}

  /** Sentences without their stops; none where nothing speaks against the numbers. */
  public static List<String> of(StudyResult.UnitResult unit) {
    List<String> all = new ArrayList<>();
    String miss = miss(unit);
    if (miss != null) {
      all.add(miss);
    }
    if (unit.annealed() != null) {
      String caveat = unit.annealed().caveat();
      if (unit.annealed().isOnTheWay()) {
        all.add(annealed(unit.annealed()));
      }
      if (caveat != null) {
        all.add(caveat);
      } else if (isRough(unit)) {
        all.add("The numbers are rough: a larger pool tells more");
      }
    }
    if (unit.renoised() != null) {
      all.addAll(ofStart(unit.renoised()));
    }
    return all;
  }

  /** All of them as one text without its last stop; null without any. */
  public static String text(StudyResult.UnitResult unit) {
    List<String> all = of(unit);
    return all.isEmpty() ? null : String.join(". ", all);
  }

  /**
   * Whether an exact tilt's numbers are known but roughly: by few paths of the pool, by half a nat
   * of KL, or by 0.15 of the mean score where a tenth of a nat says that this is no mean near 0.
   */
  public static boolean isRough(StudyResult.UnitResult unit) {
    Estimated mean = unit.estimates().meanScore();
    Estimated kl = unit.estimates().kl();
    return unit.annealed() != null
        && (unit.annealed().restsOnFew()
            || isWider(kl, ROUGH_KL)
            || (isWider(kl, NO_DOUBT) && isWider(mean, ROUGH_MEAN * Math.abs(mean.value()))));
  }

  private static String annealed(AnnealedReport report) {
    return String.format(
        Locale.ROOT,
        "Beyond the pool, of which %.1f paths carry this tilt: %d particles, from %d of its paths,"
            + " were taken there over %d tilts",
        report.poolEss(),
        report.particles(),
        report.ancestors(),
        report.rungs().stream().mapToDouble(Rung::beta).distinct().count());
  }

  private static boolean isWider(Estimated number, double least) {
    return number != null && (number.standardError() == null || number.standardError() > least);
  }

  /** Where the mean score is not about the wanted one; null if it is, or none was wanted. */
  public static String miss(StudyResult.UnitResult unit) {
    if (unit.target() == null) {
      return null;
    }
    double wanted = unit.target().activation();
    double miss = unit.meanScore() - wanted;
    Double error = unit.estimates().meanScore().standardError();
    boolean isNear =
        Math.abs(miss) <= NEAR * Math.abs(wanted) || (error != null && Math.abs(miss) <= error);
    return isNear
        ? null
        : String.format(
            Locale.ROOT,
            "The mean score is %.4f %s the wanted %.4f",
            Math.abs(miss),
            miss < 0 ? "below" : "above",
            wanted);
  }

  private static List<String> ofStart(RenoisedReport report) {
    List<String> all = new ArrayList<>();
    if (report.restsOnFew()) {
      all.add(
          String.format(
              Locale.ROOT,
              "log Z and KL rest on %.1f effective images of the corpus and are rough",
              report.corpusEss()));
    }
    int size = report.origins().size();
    all.add(
        "The %d images descend from %d of the corpus; %s"
            .formatted(
                size,
                report.ancestors(),
                report.moved() == size
                    ? "all of them were moved"
                    : "photographs that never moved: %d".formatted(size - report.moved())));
    Drift drift = report.drift();
    double change = drift.change().value();
    all.add(
        String.format(
            Locale.ROOT,
            "The moves alone, without a tilt, change the mean score of %d images of the corpus by"
                + " %.3f ± %.3f: %s",
            drift.images(),
            change,
            drift.change().standardError(),
            Math.abs(change) > CLEAR * drift.change().standardError()
                ? "a drift beyond chance, as the prior is not quite of these photographs"
                : "no drift that could be told from chance"));
    return all;
  }
}
