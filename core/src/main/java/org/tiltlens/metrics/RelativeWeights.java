package org.tiltlens.metrics;

import java.util.Arrays;

/** Weights of images, summing to 1. */
final class RelativeWeights {
  private final double[] weights;

  private RelativeWeights(double[] weights) {
    this.weights = weights;
  }

  /**
   * Weights divided by their sum.
   *
   * @param images how many there must be, at least 1
   * @throws IllegalArgumentException if their number is another, one is below 0 or not finite, or
   *     all are 0
   */
  static RelativeWeights of(int images, double... weights) {
    if (images == 0 || weights.length != images) {
      throw new IllegalArgumentException(
          images + " images with " + weights.length + " weights: expected one each, at least");
    }
    double highest = Arrays.stream(weights).max().orElseThrow();
    boolean fit = Arrays.stream(weights).allMatch(weight -> weight >= 0);
    if (!fit || !Double.isFinite(highest) || highest == 0) {
      throw new IllegalArgumentException(
          "weights up to "
              + highest
              + ": expected finite numbers of at least 0, and one above 0 among them");
    }
    // Scaled first, so that no sum overflows or vanishes.
    double[] scaled = Arrays.stream(weights).map(weight -> weight / highest).toArray();
    double sum = Arrays.stream(scaled).sum();
    return new RelativeWeights(Arrays.stream(scaled).map(weight -> weight / sum).toArray());
  }

  double of(int image) {
    return weights[image];
  }

  /** The weighted mean of one number per image. */
  double mean(double... values) {
    double mean = 0;
    for (int i = 0; i < weights.length; i++) {
      mean += weights[i] * values[i];
    }
    return mean;
  }

  /** Effective sample size {@code 1 / sum_i w_i^2}, from 1 to n. */
  double ess() {
    return 1 / Arrays.stream(weights).map(weight -> weight * weight).sum();
  }
}
