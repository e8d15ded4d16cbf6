package org.tiltlens.torch;

import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.T_TensorTensor_T;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** Words for matrices, without gradients; meant for static import. */
public final class Matrices {
  static {
    Engine.start();
  }

  /** The engine's number for "subtract, then square": exact where points are equal or far off. */
  private static final long NO_MATRIX_PRODUCT = 2;

  private Matrices() {}

  /** Euclidean distances between the rows of two matrices: (n, D), (m, D) -> (n, m). */
  public static Tensor distances(Tensor x, Tensor y) {
    return torch.cdist(x, y, 2, new LongOptional(NO_MATRIX_PRODUCT));
  }

  /** Singular values in descending order: (n, m) -> (min(n, m)). */
  public static Tensor singularValues(Tensor matrix) {
    return torch.linalg_svdvals(matrix);
  }

  /**
   * Eigenvalues of a symmetric matrix.
   *
   * @param values (n), ascending
   * @param vectors (n, n): a column each, of length 1
   */
  public record Eigen(Tensor values, Tensor vectors) {
    /** Of a symmetric (n, n). */
    public static Eigen of(Tensor symmetric) {
      T_TensorTensor_T found = torch.linalg_eigh(symmetric);
      return new Eigen(found.get0(), found.get1());
    }
  }

  /**
   * The upper triangular factor R of {@code matrix = Q R}: (n, m) -> (min(n, m), m), with {@code
   * R^T R = matrix^T matrix}.
   */
  public static Tensor triangularFactor(Tensor matrix) {
    return torch.linalg_qr(matrix, "r").get1();
  }
}
