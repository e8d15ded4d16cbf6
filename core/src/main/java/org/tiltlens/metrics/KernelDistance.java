package org.tiltlens.metrics;

import static org.tiltlens.torch.Tensors.plus;
import static org.tiltlens.torch.Tensors.scale;

import org.bytedeco.pytorch.Tensor;
import org.tiltlens.torch.Scope;

/**
 * The kernel distance between two sets of feature vectors: squared maximum mean discrepancy with
 * the polynomial kernel {@code k(x, y) = (x.y / D + 1)^3}.
 *
 * <p>Binkowski et al. 2018 (KID). Unbiased, so its expectation does not depend on the numbers of
 * samples, and it can come out below 0 where the distributions are alike.
 */
public final class KernelDistance {
  private KernelDistance() {}

  /**
   * The unbiased estimate over all pairs.
   *
   * @param a (n, D) feature vectors, n >= 2
   * @param b (m, D) feature vectors, m >= 2
   * @throws IllegalArgumentException if there are too few, or their dimensions differ
   */
  public static double between(double[][] a, double[][] b) {
    FeatureRows.require(a, b);
    try (Scope scope = Scope.open()) {
      Tensor x = FeatureRows.tensor(a);
      Tensor y = FeatureRows.tensor(b);
      return meanOfOthers(kernel(x, x))
          + meanOfOthers(kernel(y, y))
          - 2 * kernel(x, y).mean().item_double();
    }
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
