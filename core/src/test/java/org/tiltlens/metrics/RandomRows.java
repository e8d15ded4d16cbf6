package org.tiltlens.metrics;

import java.util.Random;

/** Feature vectors of independent standard normal numbers. */
final class RandomRows {
  private RandomRows() {}

  static double[][] normal(int n, int dimension, long seed) {
    Random random = new Random(seed);
    double[][] rows = new double[n][dimension];
    for (double[] row : rows) {
      for (int i = 0; i < dimension; i++) {
        row[i] = random.nextGaussian();
      }
    }
    return rows;
  }
}
