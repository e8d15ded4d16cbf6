package org.tiltlens.server;

import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.tiltlens.page.Quantity;

/**
 * The page of a feature.
 *
 * @param levels where it can be drawn
 * @param note what somebody wrote of it
 * @param related those that are like it
 * @param more what else can be asked of it
 */
record FeatureView(
    BundleView bundle,
    FeatureDetail feature,
    List<LevelView> levels,
    Note note,
    Related related,
    MoreView more) {
  /** Size of the histogram. */
  static final int WIDTH = 480;

  static final int HEIGHT = 96;

  FeatureView {
    levels = List.copyOf(levels);
  }

  /** The classes that it fires on, in words. */
  String classes() {
    return feature.classes().stream()
        .map(one -> one.name() + " (" + one.images() + " of " + feature.top().size() + ")")
        .collect(Collectors.joining(", "));
  }

  /** A number of the feature. */
  record Fact(String name, String text) {}

  List<Fact> facts() {
    Map<String, Double> percentiles = feature.percentiles();
    return List.of(
        new Fact("Active on", Quantity.FREQUENCY.text(feature.frequency()) + " of the images"),
        new Fact("Positions", Quantity.FREQUENCY.text(feature.positionFrequency())),
        new Fact(
            "Mean score",
            Quantity.SCORE.text(feature.mean())
                + ", standard deviation "
                + Quantity.SCORE.text(feature.deviation())),
        new Fact(
            "Percentiles",
            List.of(50, 90, 97, 99).stream()
                .map(p -> p + " %: " + Quantity.SCORE.text(percentiles.get("p" + p)))
                .collect(Collectors.joining(", "))),
        new Fact(
            "Scores",
            Quantity.SCORE.text(feature.min()) + " to " + Quantity.SCORE.text(feature.max())));
  }

  /**
   * A bar of the histogram.
   *
   * @param images how many it stands for
   */
  record Bar(double x, double y, double width, double height, String images) {}

  List<Bar> bars() {
    Histogram histogram = feature.histogram();
    int bins = histogram.counts().size();
    double width = (double) WIDTH / bins;
    return IntStream.range(0, bins)
        .mapToObj(
            i -> {
              long count = histogram.counts().get(i);
              // A single image shows.
              double height =
                  count == 0 ? 0 : Math.max(1, HEIGHT * (double) count / histogram.most());
              return new Bar(
                  i * width,
                  HEIGHT - height,
                  width - 1,
                  height,
                  "%.2f to %.2f: %d images".formatted(score(i, bins), score(i + 1, bins), count));
            })
        .toList();
  }

  private double score(int bin, int bins) {
    Histogram histogram = feature.histogram();
    return histogram.low() + (histogram.high() - histogram.low()) * bin / bins;
  }

  /** Where a level is in the histogram. */
  record Mark(double x, String text) {}

  List<Mark> marks() {
    return levels.stream()
        .filter(level -> feature.percentiles().containsKey("p" + level.level()))
        .map(
            level ->
                new Mark(
                    WIDTH * feature.histogram().at(feature.percentiles().get("p" + level.level())),
                    level.level()))
        .toList();
  }

  /** What the page's numbers mean. */
  Set<Quantity> legend() {
    return EnumSet.of(
        Quantity.SCORE,
        Quantity.FREQUENCY,
        Quantity.PERCENTILE,
        Quantity.KL,
        Quantity.LOG_Z,
        Quantity.BETA,
        Quantity.EFFECTIVE_PATHS,
        Quantity.STANDARD_ERROR);
  }
}
