package org.tiltlens.server;

import java.util.List;

/**
 * A picture and the features that fire on it.
 *
 * @param image its name
 * @param name of an image of the corpus there; absent of one that was sent
 * @param label class of an image of the corpus; absent if there is none
 * @param picture where it is, as the network sees it
 * @param rows of the features' maps
 * @param columns of the features' maps
 * @param features in the order that was asked for
 */
record PictureDetail(
    String image,
    String name,
    String label,
    String picture,
    int rows,
    int columns,
    List<Fires> features) {
  PictureDetail {
    features = List.copyOf(features);
  }

  /**
   * A feature on the picture.
   *
   * @param feature its index
   * @param score its score
   * @param percentile of the score among the corpus' scores, in [0, 100]
   * @param deviations how many standard deviations of the corpus' scores it is above their mean
   * @param active at how many places of its map it is active
   * @param row where in the map the largest value is that counts for the score
   * @param column the same
   * @param classes that it fires on in the corpus
   * @param map where its map is, to lay over the picture: full colour at its own largest value
   */
  record Fires(
      int feature,
      double score,
      Double percentile,
      double deviations,
      int active,
      int row,
      int column,
      List<FeaturePage.ClassCount> classes,
      String map) {
    Fires {
      classes = List.copyOf(classes);
    }

    Fires withPercentile(double known) {
      return new Fires(feature, score, known, deviations, active, row, column, classes, map);
    }
  }
}
