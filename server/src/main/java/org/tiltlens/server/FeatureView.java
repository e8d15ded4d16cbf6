package org.tiltlens.server;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
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

  /** Where its bars stand, below the names of the percentiles. */
  private static final int FLOOR = 114;

  /** Space between names of percentiles that stand side by side. */
  private static final double NAME = 34;

  private static final int TICKS = 5;

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
        new Fact(
            "Active at",
            Quantity.FREQUENCY.text(feature.positionFrequency()) + " of all places of their maps"),
        new Fact(
            "Scores s",
            "%s to %s, mean %s, standard deviation %s"
                .formatted(
                    Quantity.SCORE.text(feature.min()),
                    Quantity.SCORE.text(feature.max()),
                    Quantity.SCORE.text(feature.mean()),
                    Quantity.SCORE.text(feature.deviation()))),
        new Fact(
            "Percentiles P",
            List.of(50, 90, 97, 99).stream()
                .map(p -> p + ": " + Quantity.SCORE.text(percentiles.get("p" + p)))
                .collect(Collectors.joining(", "))));
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
                  FLOOR - height,
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

  /** Images in the fullest bin, as people read a number. */
  String mostImages() {
    return "%,d".formatted(feature.histogram().most());
  }

  /** The histogram in words. */
  String spread() {
    return "%s of %s images in the fullest of %d bins from %s to %s"
        .formatted(
            mostImages(),
            "%,d".formatted(feature.histogram().counts().stream().mapToLong(Long::longValue).sum()),
            feature.histogram().counts().size(),
            Quantity.SCORE.text(feature.min()),
            Quantity.SCORE.text(feature.max()));
  }

  /** A score below the histogram. */
  record Tick(double x, String text) {}

  /** Round scores, at most {@value #TICKS} or so. */
  List<Tick> ticks() {
    Histogram histogram = feature.histogram();
    double span = histogram.high() - histogram.low();
    if (!(span > 0)) {
      return List.of(new Tick(0, Quantity.SCORE.text(histogram.low())));
    }
    double rough = span / TICKS;
    double power = Math.pow(10, Math.floor(Math.log10(rough)));
    double step = power * (rough < 2 * power ? 2 : rough < 5 * power ? 5 : 10);
    int decimals = Math.max(0, (int) -Math.floor(Math.log10(step) + 1e-9));
    List<Tick> ticks = new ArrayList<>();
    for (long i = (long) Math.ceil(histogram.low() / step); i * step <= histogram.high(); i++) {
      ticks.add(
          new Tick(
              WIDTH * histogram.at(i * step),
              String.format(Locale.ROOT, "%." + decimals + "f", i * step)));
    }
    return ticks;
  }

  /**
   * Where a level is in the histogram.
   *
   * @param side on which its name stands, so that it covers no other
   */
  record Mark(double x, String text, String side) {}

  List<Mark> marks() {
    List<Mark> marks = new ArrayList<>();
    for (LevelView level : levels) {
      Double score = feature.percentiles().get("p" + level.level());
      if (score != null) {
        marks.add(new Mark(WIDTH * feature.histogram().at(score), "P " + level.level(), "middle"));
      }
    }
    for (int i = 0; i + 1 < marks.size(); i++) {
      if (marks.get(i + 1).x() - marks.get(i).x() < NAME) {
        return apart(marks);
      }
    }
    return marks;
  }

  /** Close ones: the first is named at its left, the last at its right, those between are not. */
  private static List<Mark> apart(List<Mark> marks) {
    List<Mark> named = new ArrayList<>();
    for (int i = 0; i < marks.size(); i++) {
      Mark mark = marks.get(i);
      boolean first = i == 0;
      boolean last = i == marks.size() - 1;
      named.add(
          new Mark(
              mark.x(),
              first || last ? mark.text() : "",
              first ? "left" : last ? "right" : "middle"));
    }
    return named;
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
