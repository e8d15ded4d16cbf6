package org.tiltlens.metrics;

import java.util.Arrays;
import java.util.List;
import org.tiltlens.tilting.ScoreSample;

/**
 * Whether a feature is the one that an image drives most, or one of many: its rank among all
 * features of its dictionary by their scores on the image.
 *
 * <p>Rank 1 is the strongest. Features of equal score share the middle of their ranks, {@code 1 +
 * (stronger ones) + (others of the same score) / 2}, so that a feature which is silent among K
 * silent ones ranks in their middle and not first. One whose score is NaN is weaker than all.
 *
 * @param ranks one per image, in [1, K]
 * @param features K: how many features competed
 */
public record FeatureRank(List<Double> ranks, int features) {
  public FeatureRank {
    ranks = List.copyOf(ranks);
    if (ranks.isEmpty()) {
      throw new IllegalArgumentException("a rank on no images: give one");
    }
  }

  /**
   * Ranks one feature on each image.
   *
   * @param scores (images, K): the scores of all features on each image, at least one image
   * @param feature its index in 0..K-1
   * @throws IllegalArgumentException if there is no image, a row has another length than the first,
   *     the feature does not exist or its score is NaN
   */
  public static FeatureRank of(double[][] scores, int feature) {
    int features = scores.length == 0 ? 0 : scores[0].length;
    return new FeatureRank(
        Arrays.stream(scores).map(image -> rank(image, feature, features)).toList(), features);
  }

  private static double rank(double[] scores, int feature, int features) {
    if (scores.length != features || feature < 0 || feature >= features) {
      throw new IllegalArgumentException(
          "feature "
              + feature
              + " of an image with "
              + scores.length
              + " scores: expected one of 0.."
              + (features - 1));
    }
    if (Double.isNaN(scores[feature])) {
      throw new IllegalArgumentException("the score of feature " + feature + " is NaN");
    }
    int stronger = 0;
    int equal = 0;
    for (double score : scores) {
      stronger += score > scores[feature] ? 1 : 0;
      equal += score == scores[feature] ? 1 : 0;
    }
    return 1 + stronger + (equal - 1) / 2.0;
  }

  /** Mean rank over the images. */
  public double mean() {
    return ranks.stream().mapToDouble(Double::doubleValue).average().orElseThrow();
  }

  /** Median rank over the images. */
  public double median() {
    return ScoreSample.of(ranks.stream().mapToDouble(Double::doubleValue).toArray()).scoreAt(50);
  }
}
