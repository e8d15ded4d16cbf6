package org.tiltlens.bench;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.tiltlens.checkpoint.SafetensorsWriter;
import org.tiltlens.torch.Scope;

/**
 * Measures both sides, once they are seen to compute the same.
 *
 * @param folder for the inputs
 */
record SideBySide(PythonSide python, Path folder, Turns turns) {
  /** How much results may differ, relative to their largest number. */
  private static final double TOLERANCE = 1e-3;

  /**
   * One comparison for each way of the Python side.
   *
   * @throws IllegalStateException if the sides do not compute the same
   */
  List<Comparison> measure(String size, Computation computation) {
    Path example = folder.resolve("example.safetensors");
    try (Scope scope = Scope.open()) {
      SafetensorsWriter.write(example, computation.example(), Map.of());
    }
    List<Computation.Way> ways = computation.ways();
    List<Double> differences =
        ways.stream()
            .map(way -> largest(computation.words(), python.differences(way.request(), example)))
            .toList();
    List<Turns.Side> sides = new ArrayList<>();
    sides.add(computation::seconds);
    ways.forEach(way -> sides.add(n -> python.seconds(way.request(), example, n)));
    List<List<Double>> times = turns.times(sides);
    List<Comparison> comparisons = new ArrayList<>();
    for (int i = 0; i < ways.size(); i++) {
      comparisons.add(
          new Comparison(
              size,
              computation.words(),
              ways.get(i).words(),
              computation.images(),
              computation.isThroughput(),
              differences.get(i),
              times.get(0),
              times.get(i + 1)));
    }
    return comparisons;
  }

  /**
   * The largest of the differences of results.
   *
   * @param what was computed, for people
   * @param differences result -> largest difference relative to its largest number
   * @throws IllegalStateException if one is too large
   */
  static double largest(String what, Map<String, Double> differences) {
    differences.forEach(
        (result, difference) -> {
          // Not a number is no less than the tolerance.
          if (!(difference <= TOLERANCE)) {
            throw new IllegalStateException(
                "the two sides differ by %.2g in '%s' of the %s, expected at most %.0e: nothing is timed"
                    .formatted(difference, result, what, TOLERANCE));
          }
        });
    return Collections.max(differences.values());
  }
}
