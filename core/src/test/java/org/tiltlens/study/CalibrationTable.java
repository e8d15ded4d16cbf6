package org.tiltlens.study;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Locale;
import org.tiltlens.compare.Compare;
import org.tiltlens.compare.CompareSpec;
import org.tiltlens.models.Bundle;
import org.tiltlens.run.Execution;
import org.tiltlens.run.Progress;
import org.tiltlens.synthesis.Estimated;
import org.tiltlens.tilting.Pilot;
import org.tiltlens.tilting.Pilots;
import org.tiltlens.tilting.Target;

/**
 * Prints how calibration lands on features of the embedded bundle: what a tilt aimed at the corpus'
 * 99th percentile reaches, on its pilots' noise and on its own, and what it is estimated to be.
 *
 * <p>Arguments: a folder for the runs, which a killed tool goes on from, and how many features.
 */
public final class CalibrationTable {
  private static final int IMAGES = 12;
  private static final int RUNGS = 2;
  private static final int PARTICLES = 32;
  private static final long SEED = 45;
  private static final long OTHER_SEED = 46;

  private final Bundle bundle = Bundle.embedded();
  private final Path folder;

  private CalibrationTable(Path folder) throws IOException {
    this.folder = folder;
  }

  public static void main(String[] arguments) throws IOException {
    CalibrationTable table = new CalibrationTable(Path.of(arguments[0]));
    System.out.println(
        "| feature | wanted | nearest pilot | reached | beta | corpus' beta | pilots | KL | path"
            + " KL | certificate | twisted: KL | ESS of 32 | families | seconds |");
    System.out.println("|---|---|---|---|---|---|---|---|---|---|---|---|---|---|");
    for (int feature : Compare.pick(table.bundle, Integer.parseInt(arguments[1]), SEED)) {
      System.out.println(table.row(feature));
    }
  }

  private String row(int feature) throws IOException {
    StudySpec aimed =
        StudySpec.of(
                bundle,
                CompareSpec.unit(feature),
                new AimSpec.Wanted(
                    Target.percentile(99), new Pilots(Pilots.USUAL.rounds(), IMAGES)))
            .withSeed(SEED);
    StudyResult run = run(aimed.laddered(RUNGS), "tilt-" + feature);
    StudyResult.UnitResult tilt = run.results().get(0);
    StudySpec given =
        StudySpec.of(bundle, aimed.unit(), tilt.beta()).withCount(IMAGES).withSeed(OTHER_SEED);
    StudyResult.UnitResult twisted =
        run(given.twisted(PARTICLES), "twisted-" + feature).results().get(0);
    double wanted = tilt.target().activation();
    double nearest =
        tilt.pilots().stream()
            .mapToDouble(Pilot::meanScore)
            .boxed()
            .min(Comparator.comparingDouble(mean -> Math.abs(mean - wanted)))
            .orElseThrow();
    return String.format(
        Locale.ROOT,
        "| %d | %.3f | %.3f (%+.1f %%) | %s | %.3g ± %.2g | %.3g | %d | %s | %s | %s | %s | %.1f |"
            + " %d | %.0f |",
        feature,
        wanted,
        nearest,
        100 * (nearest / wanted - 1),
        text(tilt.estimates().meanScore()),
        tilt.beta(),
        tilt.betaStandardError(),
        tilt.corpusBeta(),
        tilt.pilots().size(),
        text(tilt.estimates().kl()),
        text(tilt.estimates().pathKl()),
        text(tilt.estimates().certificate()),
        text(twisted.estimates().kl()),
        twisted.particles().ess(),
        twisted.particles().families(),
        run.seconds());
  }

  private static String text(Estimated estimate) {
    Double error = estimate.standardError();
    String value = String.format(Locale.ROOT, "%.2f", estimate.value());
    return error == null ? value : value + String.format(Locale.ROOT, " +- %.2f", error);
  }

  private StudyResult run(StudySpec spec, String name) throws IOException {
    int threads = Runtime.getRuntime().availableProcessors();
    return Study.run(
        "visualize",
        spec,
        new Execution("cpu", threads, threads, 1),
        folder.resolve(name),
        Progress.SILENT);
  }
}
