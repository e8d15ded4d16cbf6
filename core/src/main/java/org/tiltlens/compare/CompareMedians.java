package org.tiltlens.compare;

import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;

/** Medians over the features of a comparison, method by method. */
final class CompareMedians {
  private CompareMedians() {}

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
                    method,
                    wanted,
                    cells.stream()
                        .filter(cell -> cell.method().equals(method) && cell.failure() == null)
                        .toList()))
        .filter(median -> median.features() > 0)
        .toList();
  }

  private static CompareResult.Median of(
      Method method, Map<Integer, Double> wanted, List<CompareResult.Cell> cells) {
    if (cells.isEmpty()) {
      return new CompareResult.Median(
          method, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, null, null, null, null, null, null);
    }
    return new CompareResult.Median(
        method,
        cells.size(),
        median(cells, c -> c.metrics().meanScore().value() / wanted.get(c.feature())),
        median(cells, c -> c.metrics().reachedPercentile()),
        median(cells, c -> c.metrics().activeShare()),
        median(cells, c -> c.metrics().medianRank()),
        median(cells, c -> c.metrics().bitsPerDim().value()),
        median(cells, c -> c.metrics().sameScore().frechet().value()),
        median(cells, c -> c.metrics().wholeCorpus().frechet().value()),
        median(cells, c -> c.metrics().sameScore().kernel().value()),
        median(cells, c -> c.metrics().wholeCorpus().kernel().value()),
        median(cells, c -> c.metrics().highFrequency().value()),
        median(cells, c -> c.metrics().diversity()),
        judged(cells, own -> own.classes() == null ? null : own.classes().value()),
        judged(cells, CompareResult.Judged::classesFloor),
        judged(cells, own -> own.seen() == null ? null : own.seen().value()),
        judged(cells, own -> own.tiltSeen() == null ? null : own.tiltSeen().value()),
        known(cells, CompareResult.Cell::secondsPerImage),
        known(cells, CompareResult.Cell::secondsFindingBeta));
  }

  /** The median over the cells in which a judge tells the number; null if none does. */
  private static Double judged(
      List<CompareResult.Cell> cells, Function<CompareResult.Judged, Double> of) {
    return known(cells, c -> c.metrics().judged() == null ? null : of.apply(c.metrics().judged()));
  }

  /** The median over the cells that have the number; null if none has. */
  private static Double known(
      List<CompareResult.Cell> cells, Function<CompareResult.Cell, Double> of) {
    List<CompareResult.Cell> known = cells.stream().filter(c -> of.apply(c) != null).toList();
    return known.isEmpty() ? null : Double.valueOf(median(known, of::apply));
  }

  /** With the middle of the two in the middle for an even number. */
  private static double median(
      List<CompareResult.Cell> cells, ToDoubleFunction<CompareResult.Cell> of) {
    double[] sorted = cells.stream().mapToDouble(of).sorted().toArray();
    int half = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
  }
}
