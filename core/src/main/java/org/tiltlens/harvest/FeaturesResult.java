package org.tiltlens.harvest;

import java.util.List;

/**
 * What the page of some features shows; the content of the {@code run.json} beside it.
 *
 * @param tiltlens release that made it
 * @param command {@code features}
 * @param harvest what the features' table was harvested from
 * @param features in the order asked for
 */
public record FeaturesResult(
    String tiltlens, String command, HarvestInfo harvest, List<Shown> features) {
  public FeaturesResult {
    features = List.copyOf(features);
  }

  /**
   * A feature.
   *
   * @param feature its index
   * @param frequency share of the images on which it is active, in [0, 1]
   * @param mean mean score
   * @param p99 99th percentile of the scores
   * @param max highest score
   * @param images those of the highest scores, highest first
   */
  public record Shown(
      int feature, double frequency, double mean, double p99, double max, List<Image> images) {
    public Shown {
      images = List.copyOf(images);
    }
  }

  /**
   * An image.
   *
   * @param file a PNG, as the network sees it, relative to the folder
   * @param map a PNG to lay over it: the feature's activation map, full colour at the largest value
   *     on the first image
   * @param index in the corpus
   * @param name there
   * @param label its class; absent if the corpus has none
   * @param score the feature's score
   */
  public record Image(
      String file, String map, int index, String name, String label, double score) {}
}
