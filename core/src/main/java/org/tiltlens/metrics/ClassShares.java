package org.tiltlens.metrics;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.tiltlens.tilting.LogWeights;

/**
 * How images divide among classes, as a classifier tells them.
 *
 * <pre>
 *   p_c = sum_i w_i [class_i = c] / sum_i w_i          ESS = (sum_i w_i)^2 / sum_i w_i^2
 * </pre>
 *
 * @param shares of each class, at least 0, summing to 1
 * @param ess how many independent images of equal weight would know as much (Kish 1965), at least
 *     1; an approximation where the weights go by the class. Infinite: the shares are not estimated
 */
public record ClassShares(List<Double> shares, double ess) {
  private static final double ROUNDING = 1e-9;

  public ClassShares {
    shares = List.copyOf(shares);
    double sum = shares.stream().mapToDouble(Double::doubleValue).sum();
    if (!(Math.abs(sum - 1) < ROUNDING) || shares.stream().anyMatch(share -> !(share >= 0))) {
      throw new IllegalArgumentException(
          "class shares " + shares + ": expected numbers of at least 0 that sum to 1");
    }
    if (!(ess > 1 - ROUNDING)) {
      throw new IllegalArgumentException(
          "class shares of " + ess + " effective images, must be at least 1");
    }
  }

  /** Shares that are given and not estimated from images. */
  public static ClassShares known(double... shares) {
    return new ClassShares(Arrays.stream(shares).boxed().toList(), Double.POSITIVE_INFINITY);
  }

  /**
   * The shares of images of equal weight.
   *
   * @param classes how many classes there are
   * @param labels each image's class, 0 .. classes - 1
   * @throws IllegalArgumentException if there is no image or no such class
   */
  public static ClassShares of(int classes, int... labels) {
    if (labels.length == 0) {
      throw new IllegalArgumentException("class shares of no images: expected at least one");
    }
    return weighted(classes, labels, LogWeights.uniform(labels.length));
  }

  /**
   * The shares of weighted images, such as a corpus by {@code exp(beta s)}.
   *
   * @param weights one per image
   * @throws IllegalArgumentException as {@link #of}, or if there are not as many weights as images
   */
  public static ClassShares weighted(int classes, int[] labels, LogWeights weights) {
    if (weights.size() != labels.length) {
      throw new IllegalArgumentException(
          labels.length + " images with " + weights.size() + " weights: expected one each");
    }
    double[] values = weights.values();
    double[] shares = new double[classes];
    for (int i = 0; i < labels.length; i++) {
      if (labels[i] < 0 || labels[i] >= classes) {
        throw new IllegalArgumentException(
            "image " + i + " is of class " + labels[i] + ": there are 0.." + (classes - 1));
      }
      shares[labels[i]] += values[i];
    }
    return new ClassShares(Arrays.stream(shares).boxed().toList(), weights.ess());
  }

  /**
   * The total variation between two distributions, {@code 1/2 sum_c |p_c - q_c|}, in [0, 1]: the
   * share of images that would have to be of another class.
   *
   * @throws IllegalArgumentException if they are of different numbers of classes
   */
  public double totalVariation(ClassShares other) {
    if (shares.size() != other.shares.size()) {
      throw new IllegalArgumentException(
          "shares of %d and of %d classes cannot be compared: expected the same classes"
              .formatted(shares.size(), other.shares.size()));
    }
    double sum = 0;
    for (int c = 0; c < shares.size(); c++) {
      sum += Math.abs(shares.get(c) - other.shares.get(c));
    }
    return sum / 2;
  }

  /** {@link #ess} as a number of images to draw; the shares must be estimated. */
  int images() {
    return Math.toIntExact(Math.max(1, Math.round(ess)));
  }

  /** The shares of as many images as {@link #images}, drawn from these; known ones stay. */
  ClassShares redrawn(SplittableRandom random) {
    return Double.isInfinite(ess) ? this : redrawn(images(), random);
  }

  /** The shares of {@code n} images drawn independently from these: a multinomial draw. */
  ClassShares redrawn(int n, SplittableRandom random) {
    double[] logs = shares.stream().mapToDouble(Math::log).toArray();
    return of(shares.size(), LogWeights.of(logs).draw(random.doubles(n).toArray()));
  }
}
