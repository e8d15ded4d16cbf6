package org.tiltlens.metrics;

import static org.tiltlens.torch.Tensors.mean;
import static org.tiltlens.torch.Tensors.plus;
import static org.tiltlens.torch.Tensors.scale;
import static org.tiltlens.torch.Tensors.toDoubles;

import java.util.Arrays;
import java.util.function.ToDoubleFunction;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.torch.Scope;

/**
 * The kernel distance between two sets of feature vectors: squared maximum mean discrepancy with
 * the polynomial kernel {@code k(x, y) = (x.y / D + 1)^3}.
 *
 * <p>Binkowski et al. 2018 (KID). Unbiased, so its expectation does not depend on the numbers of
 * samples, and it can come out below 0 where the distributions are alike. An object holds the
 * reference's own kernel mean, so that many sets can be compared with it. Immutable.
 */
public final class KernelDistance {
  private final double[][] reference;
  private final double own;

  private KernelDistance(double[][] reference, double own) {
    this.reference = reference;
    this.own = own;
  }

  /**
   * The unbiased estimate over all pairs.
   *
   * @param a (n, D) feature vectors, n >= 2
   * @param b (m, D) feature vectors, m >= 2
   * @throws IllegalArgumentException if there are too few, their dimensions differ or a number is
   *     not finite
   */
  public static double between(double[][] a, double[][] b) {
    FeatureRows.require(a, b);
    return to(b).of(a);
  }

  /**
   * Distances to one reference set.
   *
   * @param reference (m, D) feature vectors, m >= 2
   * @throws IllegalArgumentException as {@link #between}
   */
  public static KernelDistance to(double[][] reference) {
    FeatureRows.require(reference, 2);
    try (Scope scope = Scope.open()) {
      Tensor y = FeatureRows.tensor(reference);
      double[][] copy = Arrays.stream(reference).map(double[]::clone).toArray(double[][]::new);
      return new KernelDistance(copy, meanOfOthers(kernel(y, y)));
    }
  }

  /**
   * The distance of a set from the reference, as {@link #between}.
   *
   * @param rows (n, D) feature vectors, n >= 2
   * @throws IllegalArgumentException as {@link #between}
   */
  public double of(double[][] rows) {
    FeatureRows.require(rows, reference);
    try (Scope scope = Scope.open()) {
      Tensor x = FeatureRows.tensor(rows);
      Tensor y = FeatureRows.tensor(reference);
      return meanOfOthers(kernel(x, x)) + own - 2 * kernel(x, y).mean().item_double();
    }
  }

  /**
   * The distance of any picks from a set, by their indices in it, for {@link Bootstrap}: sums of
   * kernel values that are computed once. A vector picked twice weighs twice, but is no pair with
   * itself, as redraws would have a positive bias else that the distance itself has not; picks of
   * one vector alone are their own pair. Threads may share it.
   *
   * @param rows (n, D) feature vectors, n >= 2
   * @throws IllegalArgumentException as {@link #between}
   */
  public ToDoubleFunction<int[]> resampling(double[][] rows) {
    FeatureRows.require(rows, reference);
    try (Scope scope = Scope.open()) {
      Tensor x = FeatureRows.tensor(rows);
      double[] pairs = toDoubles(kernel(x, x));
      double[] toReference = toDoubles(mean(kernel(x, FeatureRows.tensor(reference)), 1));
      return picks -> of(pairs, toReference, picks);
    }
  }

  private double of(double[] pairs, double[] toReference, int[] picks) {
    double within = 0;
    long different = 0;
    double across = 0;
    for (int i = 0; i < picks.length; i++) {
      across += toReference[picks[i]];
      for (int j = 0; j < i; j++) {
        if (picks[i] != picks[j]) {
          within += pairs[picks[i] * toReference.length + picks[j]];
          different++;
        }
      }
    }
    double theirs =
        different == 0 ? pairs[picks[0] * (toReference.length + 1)] : within / different;
    return theirs + own - 2 * across / picks.length;
  }

  private static Tensor kernel(Tensor x, Tensor y) {
    Tensor base = plus(scale(x.matmul(y.t()), 1.0 / x.size(1)), 1);
    return base.mul(base).mul(base);
  }

  /**
   * Mean of a square matrix without its diagonal: a vector is no sample of its own neighbourhood.
   */
  private static double meanOfOthers(Tensor kernel) {
    double n = kernel.size(0);
    return (kernel.sum().item_double() - kernel.trace().item_double()) / (n * (n - 1));
  }
}
