package org.tiltlens.harvest;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.IntFunction;

/**
 * Which features a demo shows, without anyone's taste: live and selective, and unlike each other
 * where it does not show all.
 *
 * @param picked the features, in the order they were picked
 * @param eligible how many were live and selective
 */
public record FeatureChoice(List<FeatureStatistics> picked, int eligible) {
  private static final double LEAST_FREQUENCY = 0.005;
  private static final double MOST_FREQUENCY = 0.5;
  private static final double LEAST_PEAK = 3;
  private static final int MOST_SHARED = 4;

  /** Who may be picked, in words. */
  public static final String ALL_RULE =
      "Features active on 0.5 % to 50 % of the corpus' images (live, not always on) whose 99.5th"
          + " percentile lies at least 3 standard deviations above the median score (selective)";

  /** The rule in words. */
  public static final String RULE =
      ALL_RULE
          + ", in an order drawn by the seed. Each next one shares at most 4 top images with any"
          + " before it, and the commonest class of its top images is among those shown least so"
          + " far.";

  /** All that {@link #ALL_RULE} allows, in their own order. */
  public static FeatureChoice all(List<FeatureStatistics> features) {
    List<FeatureStatistics> eligible = features.stream().filter(FeatureChoice::isEligible).toList();
    return new FeatureChoice(eligible, eligible.size());
  }

  /**
   * Picks features by {@link #RULE}.
   *
   * @param classOf the class of an image of the corpus; the same for all where there are none
   * @param wanted how many
   * @throws IllegalArgumentException if the rule does not allow so many
   */
  public static FeatureChoice of(
      List<FeatureStatistics> all, IntFunction<String> classOf, int wanted, long seed) {
    List<FeatureStatistics> left =
        new ArrayList<>(all.stream().filter(FeatureChoice::isEligible).toList());
    int eligible = left.size();
    Collections.shuffle(left, new Random(seed));
    List<FeatureStatistics> picked = new ArrayList<>();
    Map<String, Integer> shown = new HashMap<>();
    while (picked.size() < wanted) {
      left.removeIf(
          feature -> picked.stream().anyMatch(earlier -> shared(feature, earlier) > MOST_SHARED));
      FeatureStatistics next =
          left.stream()
              .min(
                  Comparator.comparing(
                      feature -> shown.getOrDefault(commonest(feature, classOf), 0)))
              .orElseThrow(
                  () ->
                      new IllegalArgumentException(
                          "only %d features are live, selective and unlike each other: ask for fewer than %d"
                              .formatted(picked.size(), wanted)));
      picked.add(next);
      left.remove(next);
      shown.merge(commonest(next, classOf), 1, Integer::sum);
    }
    return new FeatureChoice(List.copyOf(picked), eligible);
  }

  private static boolean isEligible(FeatureStatistics feature) {
    Map<String, Double> percentiles = feature.percentilesByName();
    double peak = percentiles.get("p99_5") - percentiles.get("p50");
    return feature.frequency() >= LEAST_FREQUENCY
        && feature.frequency() <= MOST_FREQUENCY
        && peak >= LEAST_PEAK * feature.deviation();
  }

  private static long shared(FeatureStatistics a, FeatureStatistics b) {
    Set<Integer> images = new HashSet<>();
    a.top().forEach(top -> images.add(top.image()));
    return b.top().stream().filter(top -> images.contains(top.image())).count();
  }

  /** The class that most of the top images are of; the first in the alphabet of several. */
  private static String commonest(FeatureStatistics feature, IntFunction<String> classOf) {
    Map<String, Integer> counts = new TreeMap<>();
    feature.top().forEach(top -> counts.merge(classOf.apply(top.image()), 1, Integer::sum));
    int most = Collections.max(counts.values());
    return counts.keySet().stream()
        .filter(name -> counts.get(name) == most)
        .findFirst()
        .orElseThrow();
  }
}
