package org.tiltlens.server;

import java.util.List;
import java.util.Map;

/**
 * All that is known of a feature.
 *
 * @param feature its index
 * @param frequency share of images on which it is active, in [0, 1]
 * @param positionFrequency share of all positions of all images at which it is active, in [0, 1]
 * @param mean mean score
 * @param deviation standard deviation of the scores
 * @param min lowest score
 * @param max highest score
 * @param percentiles scores by names such as {@code p99_5}
 * @param classes that it fires on
 * @param histogram how its scores are spread
 * @param top images of the highest scores, highest first
 */
record FeatureDetail(
    int feature,
    double frequency,
    double positionFrequency,
    double mean,
    double deviation,
    double min,
    double max,
    Map<String, Double> percentiles,
    List<FeaturePage.ClassCount> classes,
    Histogram histogram,
    List<TopImage> top) {
  FeatureDetail {
    classes = List.copyOf(classes);
    top = List.copyOf(top);
  }

  /**
   * An image.
   *
   * @param image its index in the corpus
   * @param name there
   * @param label its class; absent if the corpus has none
   * @param score the feature's score
   * @param row where in the feature's map its largest value is
   * @param column the same
   * @param picture where it is, as the network sees it
   * @param map where the feature's map is, to lay over it
   */
  record TopImage(
      int image,
      String name,
      String label,
      double score,
      int row,
      int column,
      String picture,
      String map) {}
}
