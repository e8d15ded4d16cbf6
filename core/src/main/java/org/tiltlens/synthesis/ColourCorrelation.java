package org.tiltlens.synthesis;

import static org.tiltlens.torch.Tensors.floats;

import org.bytedeco.pytorch.Tensor;

/**
 * Colours as sums of three directions that are independent in natural images.
 *
 * <p>Source: Olah, Mordvintsev and Schubert 2017, <em>Feature Visualization</em>: the square root
 * of the correlation of ImageNet's colours, divided by the norm of its longest column, as Lucid,
 * Lucent and Horama have it.
 */
final class ColourCorrelation {
  private static final double[][] ROOT = {
    {0.26, 0.09, 0.02}, {0.27, 0.00, -0.05}, {0.27, -0.09, 0.03}
  };

  private ColourCorrelation() {}

  /** Amounts of the directions to red, green and blue: (N, 3, H, W) -> (N, 3, H, W). */
  static Tensor toColours(Tensor directions) {
    return mixed(floats(matrix(), 3, 3), directions);
  }

  /** The inverse of {@link #toColours}. */
  static Tensor toDirections(Tensor colours) {
    return mixed(floats(matrix(), 3, 3).inverse(), colours);
  }

  private static Tensor mixed(Tensor matrix, Tensor images) {
    return matrix.matmul(images.flatten(2, 3)).view_as(images); // (3, 3) (N, 3, H W)
  }

  private static float[] matrix() {
    double longest = 0;
    for (int column = 0; column < 3; column++) {
      longest =
          Math.max(
              longest,
              Math.sqrt(
                  ROOT[0][column] * ROOT[0][column]
                      + ROOT[1][column] * ROOT[1][column]
                      + ROOT[2][column] * ROOT[2][column]));
    }
    float[] matrix = new float[9];
    for (int i = 0; i < 9; i++) {
      matrix[i] = (float) (ROOT[i / 3][i % 3] / longest);
    }
    return matrix;
  }
}
