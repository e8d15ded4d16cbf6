package org.tiltlens.harvest;

import java.util.List;

/**
 * What the features of a dictionary see in one picture.
 *
 * @param rows of their maps
 * @param columns of their maps
 * @param features those whose score is a finite number, by index
 */
public record SeenPicture(int rows, int columns, List<Seen> features) {
  public SeenPicture {
    features = List.copyOf(features);
  }

  /**
   * A feature.
   *
   * @param feature its index
   * @param score its score, before the activation function, as a harvest has it of the corpus
   * @param row where in the map the largest value is that counts for the score
   * @param column the same
   * @param active at how many positions of the map it is active, after the activation function
   */
  public record Seen(int feature, double score, int row, int column, int active) {}

  /**
   * A feature at one place of the map.
   *
   * @param feature its index
   * @param value before the activation function
   * @param active whether the activation function lets it pass
   */
  public record Strength(int feature, double value, boolean active) {}
}
