package org.tiltlens.metrics;

import java.util.Arrays;
import org.tiltlens.tilting.ScoreSample;

/**
 * How strongly a set of images drives the unit that it is meant to show.
 *
 * <p>The scores are those of Zhou et al. 2026 (arXiv 2605.17504): a feature's map before its
 * activation function, reduced to one number per image. Afterwards, images on which other features
 * suppress it have 0.
 *
 * @param meanScore mean of the images' scores
 * @param percentile where that mean stands among the corpus' scores, in [0, 100]; 100 above all
 * @param activeShare share of the images that activate the unit: score after the activation
 *     function above 0; in [0, 1]
 */
public record Faithfulness(double meanScore, double percentile, double activeShare) {
  /**
   * From the images' scores before and after the unit's activation function.
   *
   * @param scores one per image, at least 1, finite
   * @param afterActivation one per image
   * @param corpus the unit's scores on the corpus
   * @throws IllegalArgumentException if there is none, their numbers differ or one is not finite
   */
  public static Faithfulness of(double[] scores, double[] afterActivation, ScoreSample corpus) {
    if (scores.length == 0 || scores.length != afterActivation.length) {
      throw new IllegalArgumentException(
          scores.length
              + " scores before and "
              + afterActivation.length
              + " after the activation function: expected one each per image, at least");
    }
    double mean = mean(scores);
    double active = mean(Arrays.stream(afterActivation).map(s -> s > 0 ? 1 : 0).toArray());
    if (!Double.isFinite(mean)) {
      throw new IllegalArgumentException(
          "scores " + Arrays.toString(scores) + ": all must be finite");
    }
    return new Faithfulness(mean, corpus.percentileOf(mean), active);
  }

  private static double mean(double[] values) {
    return Arrays.stream(values).average().orElseThrow();
  }
}
