package org.tiltlens.harvest;

import java.util.List;

/**
 * What a list of features shows of each; see {@link FeatureStatistics} for all that is known.
 *
 * @param feature its index
 * @param frequency share of images on which it is active anywhere, in [0, 1]
 * @param mean mean score
 * @param deviation standard deviation of the scores
 * @param p99 99th percentile of the scores
 * @param max highest score
 * @param top indices in the corpus of the images of the highest scores, highest first
 */
public record FeatureSummary(
    int feature,
    double frequency,
    double mean,
    double deviation,
    double p99,
    double max,
    List<Integer> top) {
  public FeatureSummary {
    top = List.copyOf(top);
  }
}
