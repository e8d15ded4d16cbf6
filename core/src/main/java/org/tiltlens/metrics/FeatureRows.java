package org.tiltlens.metrics;

import java.util.Arrays;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.torch.Tensors;

/** Feature vectors, one row per image. */
final class FeatureRows {
  private FeatureRows() {}

  /** Two sets that can be compared: at least 2 vectors each, all of one dimension. */
  static void require(double[][] a, double[][] b) {
    if (a.length < 2 || b.length < 2) {
      throw new IllegalArgumentException(
          "a distance between "
              + a.length
              + " and "
              + b.length
              + " feature vectors: at least 2 of each are needed");
    }
    requireDimension(a, a[0].length);
    requireDimension(b, a[0].length);
  }

  /** One set of at least so many vectors, all of one dimension. */
  static void require(double[][] rows, int atLeast) {
    if (rows.length < atLeast) {
      throw new IllegalArgumentException(
          rows.length + " feature vectors: at least " + atLeast + " are needed");
    }
    requireDimension(rows, rows[0].length);
  }

  /** Vectors of {@code dimension} finite numbers each. */
  static void requireDimension(double[][] rows, int dimension) {
    for (int i = 0; i < rows.length; i++) {
      if (rows[i].length != dimension || dimension == 0) {
        throw new IllegalArgumentException(
            "feature vectors of "
                + rows[i].length
                + " and "
                + dimension
                + " dimensions: all must have the same, at least 1");
      }
      for (double value : rows[i]) {
        if (!Double.isFinite(value)) {
          throw new IllegalArgumentException(
              "feature vector " + i + " holds " + value + ": all numbers must be finite");
        }
      }
    }
  }

  /** The vectors at length 1. */
  static double[][] unit(double[][] rows) {
    double[][] unit = new double[rows.length][];
    for (int i = 0; i < rows.length; i++) {
      // Scaled first, so that no square overflows or vanishes.
      double largest = Arrays.stream(rows[i]).map(Math::abs).max().orElseThrow();
      if (largest == 0) {
        throw new IllegalArgumentException("feature vector " + i + " is 0: it has no direction");
      }
      double[] scaled = Arrays.stream(rows[i]).map(value -> value / largest).toArray();
      double length = Math.sqrt(Arrays.stream(scaled).map(value -> value * value).sum());
      unit[i] = Arrays.stream(scaled).map(value -> value / length).toArray();
    }
    return unit;
  }

  /** (n, D) float64. */
  static Tensor tensor(double[][] rows) {
    int dimension = rows[0].length;
    double[] flat = new double[rows.length * dimension];
    for (int i = 0; i < rows.length; i++) {
      System.arraycopy(rows[i], 0, flat, i * dimension, dimension);
    }
    return Tensors.doubles(flat, rows.length, dimension);
  }
}
