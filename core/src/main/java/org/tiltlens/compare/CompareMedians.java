package org.tiltlens.compare;

import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.tiltlens.metrics.Bootstrap;
import org.tiltlens.metrics.Interval;

/** Medians over the features of a comparison, of each feature's mean over the seeds. */
final class CompareMedians {
  private CompareMedians() {}

  /** Those of each method. */
  static List<CompareResult.Median> of(
      CompareSpec spec, List<CompareResult.Feature> features, List<CompareResult.Cell> cells) {
    Map<Integer, Double> wanted =
        features.stream()
            .collect(
                Collectors.toMap(
                    CompareResult.Feature::feature, feature -> feature.target().activation()));
    return spec.methods().stream()
        .map(
            method ->
                of(
                    spec,
                    method,
                    wanted,
                    cells.stream()
                        .filter(cell -> cell.method().equals(method) && cell.failure() == null)
                        .collect(Collectors.groupingBy(CompareResult.Cell::feature))))
        .filter(median -> median.features() > 0)
        .toList();
  }

  private static CompareResult.Median of(
      CompareSpec spec,
      Method method,
      Map<Integer, Double> wanted,
      Map<Integer, List<CompareResult.Cell>> cells) {
    Map<ComparedNumber, Interval> numbers = new EnumMap<>(ComparedNumber.class);
    for (ComparedNumber number : ComparedNumber.values()) {
      double[] means =
          spec.features().stream()
              .filter(cells::containsKey)
              .map(
                  feature ->
                      mean(
                          cells.get(feature).stream()
                              .map(cell -> number.of(cell, wanted.get(feature)))
                              .toList()))
              .filter(Objects::nonNull)
              .mapToDouble(Double::doubleValue)
              .toArray();
      if (means.length > 0) {
        numbers.put(number, median(means, spec.seed()));
      }
    }
    return new CompareResult.Median(method, cells.size(), numbers);
  }

  /** Null if it is known for no seed. */
  private static Double mean(List<Double> ofSeeds) {
    List<Double> known = ofSeeds.stream().filter(Objects::nonNull).toList();
    return known.isEmpty()
        ? null
        : Double.valueOf(known.stream().mapToDouble(Double::doubleValue).average().orElseThrow());
  }

  /** Those of the features' floors. */
  static Map<ComparedNumber, Interval> floor(
      List<CompareResult.Feature> features, CompareSpec spec) {
    Map<ComparedNumber, Interval> floor = new EnumMap<>(ComparedNumber.class);
    for (ComparedNumber number : ComparedNumber.values()) {
      double[] each =
          features.stream()
              .map(feature -> feature.floor().get(number))
              .filter(Objects::nonNull)
              .mapToDouble(Double::doubleValue)
              .toArray();
      if (each.length > 0) {
        floor.put(number, median(each, spec.seed()));
      }
    }
    return floor;
  }

  /** Of independent features. */
  private static Interval median(double[] values, long seed) {
    return values.length == 1
        ? new Interval(values[0], null, null, 1)
        : new Bootstrap(seed)
            .of(values, picked -> middle(Arrays.stream(picked).sorted().toArray()));
  }

  /** With the middle of the two in the middle for an even number. */
  private static double middle(double... sorted) {
    int half = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
  }
}
