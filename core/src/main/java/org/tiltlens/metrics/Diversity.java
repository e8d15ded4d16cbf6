package org.tiltlens.metrics;

import static org.tiltlens.torch.Matrices.distances;
import static org.tiltlens.torch.Tensors.toDoubles;

import org.bytedeco.pytorch.Tensor;
import org.tiltlens.torch.Scope;

/**
 * How much images of a set differ from each other: the mean distance over all pairs.
 *
 * <pre>
 *   2 / (n (n - 1)) sum_{i < j} d(x_i, x_j)      d = 1 - cos(x, y), or |x - y|
 * </pre>
 *
 * <p>The field's usual distance for features of deep networks is the cosine one, which does not
 * depend on their scale; the Euclidean one is in the features' own unit and can be compared only
 * within one kind of features. An unbiased estimate for the distribution: its expectation does not
 * depend on n.
 */
public final class Diversity {
  private Diversity() {}

  /**
   * Mean of {@code 1 - cos} over all pairs, in [0, 2]: 0 for vectors of one direction, 1 for
   * orthogonal ones.
   *
   * @param rows (n, D) feature vectors, n >= 2, none of length 0
   * @throws IllegalArgumentException if there are too few, their dimensions differ, a number is not
   *     finite or a vector is 0
   */
  public static double cosine(double[][] rows) {
    FeatureRows.require(rows, 2);
    double[][] unit = FeatureRows.unit(rows);
    // Unit vectors: |x - y|^2 = 2 (1 - cos), without the cancellation of 1 - cos.
    return overPairs(unit, 2) / 2;
  }

  /**
   * Mean of {@code |x - y|} over all pairs.
   *
   * @param rows (n, D) feature vectors, n >= 2
   * @throws IllegalArgumentException if there are too few, their dimensions differ or a number is
   *     not finite
   */
  public static double euclidean(double[][] rows) {
    FeatureRows.require(rows, 2);
    return overPairs(rows, 1);
  }

  private static double overPairs(double[][] rows, int power) {
    try (Scope scope = Scope.open()) {
      Tensor x = FeatureRows.tensor(rows);
      double sum = 0;
      for (double distance : toDoubles(distances(x, x))) {
        sum += Math.pow(distance, power);
      }
      double n = rows.length;
      return sum / (n * (n - 1));
    }
  }
}
