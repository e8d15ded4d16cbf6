package org.tiltlens.study;

import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * A demo as its page shows it: pictures read, numbers with their places in the {@code run.json}.
 *
 * @param run the demo
 * @param unguided the prior's own samples
 * @param exhibits one per feature
 * @param plot reached percentiles against bits per dimension; null where none was measured
 */
record Gallery(DemoResult run, Row unguided, List<Exhibit> exhibits, TradeOff plot) {

  /**
   * A feature.
   *
   * @param feature its index
   * @param rows the corpus' images of the highest scores, then samples for each target
   */
  record Exhibit(int feature, List<Row> rows) {}

  /**
   * Pictures that belong together.
   *
   * @param title what they are
   * @param aim what they were aimed at, a part of the title
   * @param lines the numbers of them all
   * @param pictures the pictures
   */
  record Row(String title, List<Reading> aim, List<Line> lines, List<Picture> pictures) {}

  /**
   * A line of numbers.
   *
   * @param name what they say
   * @param readings at least one
   */
  record Line(String name, List<Reading> readings) {}

  /**
   * A picture and what stands under it.
   *
   * @param image the picture
   * @param overlay the activation map to lay over it; null for samples
   * @param maps what else explains its score
   * @param description for readers who do not see it
   * @param label its class in the corpus; null if it has none
   * @param readings its numbers
   */
  record Picture(
      EmbeddedPng image,
      EmbeddedPng overlay,
      List<MapLayer> maps,
      String description,
      String label,
      List<Reading> readings) {

    /** A picture with no other map than its overlay. */
    Picture(
        EmbeddedPng image,
        EmbeddedPng overlay,
        String description,
        String label,
        List<Reading> readings) {
      this(image, overlay, List.of(), description, label, readings);
    }
  }

  /**
   * A map to lay over a picture.
   *
   * @param method how it was made, {@link HeatMethod#key}
   */
  record MapLayer(String method, EmbeddedPng overlay) {}

  /** What its numbers measure. */
  Set<Quantity> quantities() {
    return EnumSet.range(Quantity.SCORE, Quantity.FREQUENCY);
  }

  /** What keeps the samples from being exact, each note once. */
  List<String> approximations() {
    return run.results().stream()
        .map(StudyResult.UnitResult::approximation)
        .filter(Objects::nonNull)
        .distinct()
        .toList();
  }
}
