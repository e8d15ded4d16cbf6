package org.tiltlens.compose;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.corpus.Corpus;
import org.tiltlens.measuring.UnitReading;
import org.tiltlens.models.ModelShelf;
import org.tiltlens.models.Named;
import org.tiltlens.page.Reading;
import org.tiltlens.tilting.JointScores;
import org.tiltlens.tilting.JointTilt;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Scope;

/**
 * Prints how surely units peak where they are asked to in the corpus' own joint tilt, which is
 * exact, against the factor f of a placed unit's score {@code v - f relu(m - v)}: what the choice
 * in {@link org.tiltlens.feature.Unit.Placed} rests on.
 */
final class PlaceExcessTable {
  private static final double[] FACTORS = {1, 2, 4, 8};
  private static final int BATCH = 64;

  private PlaceExcessTable() {}

  /** One unit on one image. */
  private record Reading(double there, double far, boolean peaksNear) {
    static Reading of(double[][] map, int[] place) {
      double far = Double.NEGATIVE_INFINITY;
      double near = Double.NEGATIVE_INFINITY;
      for (int y = 0; y < map.length; y++) {
        for (int x = 0; x < map[y].length; x++) {
          if (Math.abs(y - place[0]) <= 1 && Math.abs(x - place[1]) <= 1) {
            near = Math.max(near, map[y][x]);
          } else {
            far = Math.max(far, map[y][x]);
          }
        }
      }
      return new Reading(map[place[0]][place[1]], far, near >= far);
    }

    double score(double factor) {
      return there - factor * Math.max(0, far - there);
    }
  }

  public static void main(String... arguments) throws IOException {
    print("| features at | factor | betas | KL | both within one cell | first | second |%n");
    print("|---|---|---|---|---|---|---|%n");
    for (int pair = 0; pair < CompositionTable.PAIRS.length; pair++) {
      print(pair, readings(CompositionTable.placed(pair)));
    }
  }

  /** One row per image, one reading per unit. */
  private static List<Reading[]> readings(CompositionSpec spec) throws IOException {
    try (Corpus corpus = Corpus.open(Named.resolve(spec.images()), spec.framing());
        ModelShelf shelf = new ModelShelf()) {
      ComposedModels models = ComposedModels.open(spec, shelf, Device.CPU);
      return IntStream.iterate(0, from -> from < corpus.size(), from -> from + BATCH)
          .boxed()
          .flatMap(from -> readings(corpus, from, models))
          .toList();
    }
  }

  private static Stream<Reading[]> readings(Corpus corpus, int from, ComposedModels models) {
    try (Scope scope = Scope.open()) {
      Tensor images =
          corpus.read(from, Math.min(corpus.size(), from + BATCH)).orElseThrow().images();
      Reading[][] rows = new Reading[(int) images.size(0)][CompositionTable.PLACES.length];
      List<List<UnitReading>> read = models.measure(Optional.empty()).of(images).images();
      for (int i = 0; i < rows.length; i++) {
        for (int k = 0; k < CompositionTable.PLACES.length; k++) {
          rows[i][k] = Reading.of(read.get(i).get(k).map(), CompositionTable.PLACES[k]);
        }
      }
      return Arrays.stream(rows);
    }
  }

  private static void print(int pair, List<Reading[]> images) {
    int percentile = CompositionTable.PLACED_PERCENTILES[pair];
    for (double factor : FACTORS) {
      double[][] rows =
          images.stream()
              .map(row -> Arrays.stream(row).mapToDouble(each -> each.score(factor)).toArray())
              .toArray(double[][]::new);
      JointScores scores = JointScores.of(rows);
      double[] goals =
          IntStream.range(0, 2).mapToDouble(k -> scores.unit(k).scoreAt(percentile)).toArray();
      double[] free = {Double.NaN, Double.NaN};
      JointTilt tilt = scores.solve(free, goals);
      double[] betas = tilt.betas();
      double[] weights = tilt.weights();
      double[] near = new double[3];
      for (int i = 0; i < weights.length; i++) {
        boolean first = images.get(i)[0].peaksNear();
        boolean second = images.get(i)[1].peaksNear();
        near[0] += first ? weights[i] : 0;
        near[1] += second ? weights[i] : 0;
        near[2] += first && second ? weights[i] : 0;
      }
      print(
          "| %s, %dth | %.0f | %.2f, %.2f | %.2f | %.0f %% | %.0f %% | %.0f %% |%n",
          CompositionTable.named(pair),
          percentile,
          factor,
          betas[0],
          betas[1],
          tilt.kl(),
          100 * near[2],
          100 * near[0],
          100 * near[1]);
    }
  }

  private static void print(String format, Object... values) {
    System.out.printf(Locale.ROOT, format, values);
  }
}
