package org.tiltlens.torch;

import org.bytedeco.pytorch.LongOptional;
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
   * The upper triangular factor R of {@code matrix = Q R}: (n, m) -> (min(n, m), m), with {@code
   * R^T R = matrix^T matrix}.
   */
  public static Tensor triangularFactor(Tensor matrix) {
    return torch.linalg_qr(matrix, "r").get1();
  }
}
