package org.tiltlens.server;

import java.util.List;
import java.util.Locale;

/**
 * A part of a list of features.
 *
 * @param total how many the whole list has
 * @param offset how many come before these
 * @param features in order
 */
record FeaturePage(int total, int offset, List<Row> features) {
  FeaturePage {
    features = List.copyOf(features);
  }

  /**
   * A feature.
   *
   * @param feature its index
   * @param frequency share of images on which it is active, in [0, 1]
   * @param mean mean score
   * @param deviation standard deviation of the scores
   * @param p99 99th percentile of the scores
   * @param max highest score
   * @param classes that it fires on: those of at least a quarter of its top images, most first
   * @param label what somebody called it; absent if nobody did
   * @param strip where its first top images are, side by side under their maps
   */
  record Row(
      int feature,
      double frequency,
      double mean,
      double deviation,
      double p99,
      double max,
      List<ClassCount> classes,
      String label,
      String strip) {
    Row {
      classes = List.copyOf(classes);
    }

    Row withLabel(String called) {
      return called == null
          ? this
          : new Row(feature, frequency, mean, deviation, p99, max, classes, called, strip);
    }

    /** Whether it fires on a class whose name has a text in it, which is in lower case. */
    boolean isOf(String part) {
      return classes.stream().anyMatch(one -> one.name().toLowerCase(Locale.ROOT).contains(part));
    }
  }

  /**
   * A class among a feature's top images.
   *
   * @param name the class
   * @param images how many of them are of it
   */
  record ClassCount(String name, int images) {}
}
