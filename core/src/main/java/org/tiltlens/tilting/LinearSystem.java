package org.tiltlens.tilting;

import java.util.Arrays;

/** Small systems of linear equations. */
final class LinearSystem {
  private LinearSystem() {}

  /**
   * x of {@code a x = b}, by Gaussian elimination with partial pivoting.
   *
   * @param a square; left unchanged
   * @return not finite where {@code a} has no inverse
   */
  static double[] solve(double[][] a, double[] b) {
    int n = b.length;
    double[][] rows = new double[n][];
    for (int i = 0; i < n; i++) {
      rows[i] = Arrays.copyOf(a[i], n + 1);
      rows[i][n] = b[i];
    }
    for (int column = 0; column < n; column++) {
      int pivot = column;
      for (int i = column + 1; i < n; i++) {
        pivot = Math.abs(rows[i][column]) > Math.abs(rows[pivot][column]) ? i : pivot;
      }
      double[] swapped = rows[column];
      rows[column] = rows[pivot];
      rows[pivot] = swapped;
      for (int i = column + 1; i < n; i++) {
        double factor = rows[i][column] / rows[column][column];
        for (int j = column; j <= n; j++) {
          rows[i][j] -= factor * rows[column][j];
        }
      }
    }
    double[] x = new double[n];
    for (int i = n - 1; i >= 0; i--) {
      double sum = rows[i][n];
      for (int j = i + 1; j < n; j++) {
        sum -= rows[i][j] * x[j];
      }
      x[i] = sum / rows[i][i];
    }
    return x;
  }
}
