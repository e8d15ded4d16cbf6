package org.tiltlens.compare;

import java.util.List;
import org.tiltlens.page.EmbeddedPng;
import org.tiltlens.page.Line;
import org.tiltlens.page.Quantity;
import org.tiltlens.page.Reading;

/**
 * A comparison's pictures and numbers as its page shows them, with their places in the {@code
 * compare.json}.
 *
 * @param rows one per feature
 */
record CompareGrid(List<Row> rows) {

  /**
   * A feature.
   *
   * @param feature its index
   * @param aim what the methods were aimed at; empty if every method failed for want of a score
   * @param cells one per method; null where the result has none
   */
  record Row(int feature, List<Line> aim, List<Cell> cells) {}

  /**
   * A method on a feature.
   *
   * @param result the method's result
   * @param at its place in the {@code compare.json}
   * @param pictures its images; empty after a failure
   * @param main the numbers that stand under the pictures; empty after a failure
   * @param more all others; empty after a failure
   */
  record Cell(
      CompareResult.Cell result,
      String at,
      List<Picture> pictures,
      List<Line> main,
      List<Line> more) {

    /** The result's place as a part of identifiers. */
    String id() {
      return at.substring(1).replace('/', '-');
    }

    /** The mean score of the images it is compared with. */
    Reading referenceScore() {
      return Reading.of(
          Quantity.SCORE,
          result.metrics().sameScore().referenceMeanScore(),
          at + "/metrics/same_score/reference_mean_score");
    }
  }

  /**
   * An image.
   *
   * @param image the picture
   * @param overlay its activation map
   * @param description for readers who do not see it
   * @param readings its numbers
   */
  record Picture(
      EmbeddedPng image, EmbeddedPng overlay, String description, List<Reading> readings) {}
}
