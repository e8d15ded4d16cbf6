package org.tiltlens.server;

import java.util.List;

/**
 * A place of a picture and the features that are strongest there.
 *
 * @param image the picture's name
 * @param row of the features' maps
 * @param column of the features' maps
 * @param features strongest first
 */
record PlaceDetail(String image, int row, int column, List<There> features) {
  PlaceDetail {
    features = List.copyOf(features);
  }

  /**
   * A feature at the place.
   *
   * @param feature its index
   * @param value of its map there, before the activation function
   * @param active whether the activation function lets it pass
   * @param classes that it fires on in the corpus
   */
  record There(int feature, double value, boolean active, List<FeaturePage.ClassCount> classes) {
    There {
      classes = List.copyOf(classes);
    }
  }
}
