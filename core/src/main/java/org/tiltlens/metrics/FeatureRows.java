package org.tiltlens.metrics;

import java.util.Arrays;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.torch.Tensors;

/** Feature vectors, one row per image. */
final class FeatureRows {
  private FeatureRows() {}

  static void require(double[][] a, double[][] b) {
    if (a.length < 2 || b.length < 2) {
      throw new IllegalArgumentException(
          "a distance between "
              + a.length
              + " and "
              + b.length
              + " feature vectors: at least 2 of each are needed");
    }
    int dimension = a[0].length;
    for (double[][] rows : new double[][][] {a, b}) {
      for (double[] row : rows) {
        if (row.length != dimension) {
          throw new IllegalArgumentException(
              "feature vectors of "
                  + row.length
                  + " and "
                  + dimension
                  + " dimensions: all must have the same");
        }
      }
    }
  }

  /** (n, D) float64. */
  static Tensor tensor(double[][] rows) {
    double[] flat = Arrays.stream(rows).flatMapToDouble(Arrays::stream).toArray();
    return Tensors.doubles(flat, rows.length, rows[0].length);
  }
}
