package org.tiltlens.metrics;

import static org.tiltlens.torch.Tensors.mean;
import static org.tiltlens.torch.Tensors.scale;

import org.bytedeco.pytorch.Tensor;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/**
 * The Frechet distance between two normal distributions fitted to feature vectors.
 *
 * <pre>
 *   |mu_a - mu_b|^2 + tr(S_a + S_b - 2 (S_a^(1/2) S_b S_a^(1/2))^(1/2))
 * </pre>
 *
 * <p>Heusel et al. 2017 (FID), with means mu and unbiased covariances S. Depends on the numbers of
 * samples: with fewer samples than features a covariance is singular and the distance is biased
 * upwards, so compare only at equal counts.
 */
public final class FrechetDistance {
  private FrechetDistance() {}

  /**
   * The distance, at least 0 up to rounding; not its square root.
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
      Tensor shift = mean(x, 0).sub(mean(y, 0));
      Tensor covarianceX = covariance(x);
      Tensor covarianceY = covariance(y);
      Tensor root = Tensors.symmetricSquareRoot(covarianceX);
      Tensor product = root.matmul(covarianceY).matmul(root);
      double cross = Tensors.symmetricEigenvalues(product).relu().sqrt().sum().item_double();
      return shift.mul(shift).sum().item_double()
          + covarianceX.trace().item_double()
          + covarianceY.trace().item_double()
          - 2 * cross;
    }
  }

  /** Unbiased covariance of rows: (n, D) -> (D, D). */
  private static Tensor covariance(Tensor rows) {
    Tensor centred = rows.sub(mean(rows, 0));
    return scale(centred.t().matmul(centred), 1.0 / (rows.size(0) - 1));
  }
}
