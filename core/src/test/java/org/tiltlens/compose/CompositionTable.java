package org.tiltlens.compose;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.stream.Stream;
import org.tiltlens.models.Bundle;
import org.tiltlens.models.BundleManifest;
import org.tiltlens.run.Execution;
import org.tiltlens.run.Progress;
import org.tiltlens.study.StudySpec;
import org.tiltlens.tilting.Pilots;

/**
 * Prints, for pairs of features of the embedded bundle, how near levels that are wanted together
 * are reached ({@code FOLDER levels}), whether units at places peak there ({@code FOLDER places}),
 * and what weighted particles say of the joint tilt ({@code FOLDER weighted}). A killed table goes
 * on where it was.
 */
final class CompositionTable {
  private static final int IMAGES = 16;
  private static final int PARTICLES = 64;
  private static final int SEEDS = 30;
  private static final Pilots PLACED_PILOTS = new Pilots(3, 10);
  static final int[][] PAIRS = {{407, 149}, {413, 324}, {382, 117}, {64, 79}, {122, 257}};

  /** Of the scores at places; 382 and 117 are never so high together. */
  static final int[] PLACED_PERCENTILES = {99, 99, 95, 99, 99};

  /** Row and column of each unit of a pair. */
  static final int[][] PLACES = {{1, 1}, {2, 2}};

  private final Path folder;

  private CompositionTable(Path folder) {
    this.folder = folder;
  }

  public static void main(String... arguments) throws IOException {
    CompositionTable table = new CompositionTable(Path.of(arguments[0]));
    switch (arguments[1]) {
      case "levels" -> table.levels();
      case "places" -> table.places();
      case "weighted" -> table.weighted();
      default -> throw new IllegalArgumentException("use levels, places or weighted");
    }
  }

  private void levels() throws IOException {
    print("| features | wanted | reached | off | beta | corpus' beta | pilots | bits/dim |%n");
    print("|---|---|---|---|---|---|---|---|%n");
    for (int[] pair : PAIRS) {
      CompositionResult run =
          run(
              "levels-" + pair[0] + "-" + pair[1],
              spec("tilt", null, Pilots.USUAL, IMAGES, levels(pair)));
      for (CompositionResult.UnitOutcome unit : run.units()) {
        double wanted = unit.target().activation();
        print(
            "| %s | %.3f | %.3f ± %.3f | %+.1f %% | %.2f | %.2f | %d | %.2f |%n",
            unit.unit().replaceAll("feature:|@pre", ""),
            wanted,
            unit.meanScore(),
            unit.standardError(),
            100 * (unit.meanScore() / wanted - 1),
            unit.beta(),
            unit.corpusBeta(),
            run.pilots().size(),
            run.meanBitsPerDim());
      }
    }
  }

  /** Each unit of each pair at a place of its own, on as many seeds as there are images. */
  private void places() throws IOException {
    print(
        "| features at | percentile | both within one cell | first | its score | second | its score"
            + " |%n");
    print("|---|---|---|---|---|---|---|%n");
    for (int pair = 0; pair < PAIRS.length; pair++) {
      CompositionResult run = run("places-" + PAIRS[pair][0] + "-" + PAIRS[pair][1], placed(pair));
      long[] near = new long[2];
      long both = 0;
      for (CompositionResult.Image image : run.results()) {
        boolean all = true;
        for (int k = 0; k < 2; k++) {
          CompositionResult.UnitReading reading = image.readings().get(k);
          boolean there =
              Math.abs(reading.peakRow() - PLACES[k][0]) <= 1
                  && Math.abs(reading.peakColumn() - PLACES[k][1]) <= 1;
          near[k] += there ? 1 : 0;
          all &= there;
        }
        both += all ? 1 : 0;
      }
      print(
          "| %s | %d | %d of %d | %d | %s | %d | %s |%n",
          named(pair),
          PLACED_PERCENTILES[pair],
          both,
          SEEDS,
          near[0],
          reached(run.units().get(0)),
          near[1],
          reached(run.units().get(1)));
    }
  }

  /** The joint tilt at the corpus' betas, beside the corpus itself. */
  private void weighted() throws IOException {
    print(
        "| features | corpus: log Z | KL | means | particles: log Z | KL | means | ESS | families |"
            + "%n");
    print("|---|---|---|---|---|---|---|---|---|%n");
    for (int[] pair : PAIRS) {
      CompositionResult run =
          run(
              "weighted-" + pair[0] + "-" + pair[1],
              spec("twisted", PARTICLES, null, IMAGES, levels(pair)));
      CompositionResult.CorpusTilt corpus = run.corpusTilt();
      CompositionResult.Weighted weighted = run.weighted();
      CompositionResult.UnitOutcome first = run.units().get(0);
      CompositionResult.UnitOutcome second = run.units().get(1);
      print(
          "| %d, %d | %.2f | %.2f | %.3f, %.3f | %s | %s | %s, %s | %.1f | %d |%n",
          pair[0],
          pair[1],
          corpus.logZ(),
          corpus.kl(),
          first.target().activation(),
          second.target().activation(),
          text("%.2f", weighted.logZ().value(), weighted.logZ().standardError()),
          text("%.2f", weighted.kl().value(), weighted.kl().standardError()),
          text("%.3f", first.meanScore(), first.standardError()),
          text("%.3f", second.meanScore(), second.standardError()),
          weighted.particles().ess(),
          weighted.particles().families());
    }
  }

  private static String reached(CompositionResult.UnitOutcome unit) {
    return text("%.2f", unit.meanScore(), unit.standardError())
        + String.format(Locale.ROOT, " for %.2f", unit.target().activation());
  }

  private static String text(String format, double value, Double error) {
    return String.format(Locale.ROOT, format, value)
        + (error == null ? "" : " ± " + String.format(Locale.ROOT, format, error));
  }

  private static String[] levels(int[] pair) {
    return new String[] {
      "feature:" + pair[0] + "@pre percentile=95", "feature:" + pair[1] + "@pre percentile=95"
    };
  }

  /** A pair with its places. */
  static String named(int pair) {
    return "%d at 1,1 and %d at 2,2".formatted(PAIRS[pair][0], PAIRS[pair][1]);
  }

  static CompositionSpec placed(int pair) throws IOException {
    String percentile = " percentile=" + PLACED_PERCENTILES[pair];
    return spec(
        "tilt",
        null,
        PLACED_PILOTS,
        SEEDS,
        "feature:" + PAIRS[pair][0] + "@pre@1,1" + percentile,
        "feature:" + PAIRS[pair][1] + "@pre@2,2" + percentile);
  }

  private CompositionResult run(String name, CompositionSpec spec) throws IOException {
    return Composition.run(spec, Execution.onCpu(2), folder.resolve(name), Progress.SILENT);
  }

  private static CompositionSpec spec(
      String guidance, Integer particles, Pilots pilots, int count, String... units)
      throws IOException {
    Bundle bundle = Bundle.embedded();
    BundleManifest manifest = bundle.manifest();
    return new CompositionSpec(
        bundle.models(),
        Stream.of(units).map(ComposedUnit::parse).toList(),
        "mix:0.7",
        0.5,
        bundle.corpus(),
        manifest.framing(),
        Integer.MAX_VALUE,
        pilots,
        guidance,
        particles,
        null,
        null,
        StudySpec.strength(manifest.preset(), guidance),
        manifest.preset().offAtEnd(),
        manifest.form(),
        manifest.noiseSchedule(),
        manifest.baseSteps(),
        manifest.respacing(),
        count,
        45);
  }

  private static void print(String format, Object... values) {
    System.out.printf(Locale.ROOT, format, values);
  }
}
