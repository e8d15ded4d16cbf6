package org.tiltlens.metrics;

import static org.tiltlens.torch.Matrices.singularValues;
import static org.tiltlens.torch.Matrices.triangularFactor;
import static org.tiltlens.torch.Tensors.mean;
import static org.tiltlens.torch.Tensors.scale;
import static org.tiltlens.torch.Tensors.toDoubles;

import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
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
 *
 * <p>With {@code S_b = R R^T} and the centred rows X of a, the last trace is the sum of the
 * singular values of {@code X R / sqrt(n - 1)}. That needs no matrix square root, loses no digits
 * to singular covariances, and takes a matrix of n rows instead of D where n is small. An object
 * holds the reference's mean and R, so that many sets can be compared with it. Immutable.
 */
public final class FrechetDistance {
  private final double[] mean;
  private final double[] root;
  private final double trace;

  private FrechetDistance(double[] mean, double[] root, double trace) {
    this.mean = mean;
    this.root = root;
    this.trace = trace;
  }

  /**
   * The distance, at least 0 up to rounding; not its square root.
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
  public static FrechetDistance to(double[][] reference) {
    FeatureRows.require(reference, 2);
    try (Scope scope = Scope.open()) {
      Tensor rows = FeatureRows.tensor(reference);
      Tensor mean = mean(rows, 0);
      Tensor centred = scale(rows.sub(mean), 1 / Math.sqrt(reference.length - 1));
      Tensor root = triangularFactor(centred).t(); // (D, min(m, D))
      return new FrechetDistance(
          toDoubles(mean), toDoubles(root), centred.square().sum().item_double());
    }
  }

  /**
   * The distance of a set from the reference, as {@link #between}.
   *
   * @param rows (n, D) feature vectors, n >= 2
   * @throws IllegalArgumentException as {@link #between}
   */
  public double of(double[][] rows) {
    return resampling(rows).applyAsDouble(IntStream.range(0, rows.length).toArray());
  }

  /**
   * The distance of any picks from a set, by their indices in it, for {@link Bootstrap}: much
   * cheaper than {@link #of} for each, as n x n numbers stand for a set of fewer vectors than
   * features. Threads may share it.
   *
   * @param rows (n, D) feature vectors, n >= 2
   * @throws IllegalArgumentException as {@link #between}
   */
  public ToDoubleFunction<int[]> resampling(double[][] rows) {
    FeatureRows.require(rows, 2);
    FeatureRows.requireDimension(rows, mean.length);
    try (Scope scope = Scope.open()) {
      int dimension = mean.length;
      Tensor offsets = FeatureRows.tensor(rows).sub(Tensors.doubles(mean, dimension));
      Tensor rooted =
          offsets.matmul(Tensors.doubles(root, dimension, root.length / dimension)); // (n, rank)
      double[] shape = toDoubles(narrowed(offsets));
      double[] cross = toDoubles(narrowed(rooted));
      return picks -> of(picked(shape, rows.length, picks), picked(cross, rows.length, picks));
    }
  }

  /** Rows of the same inner products in as few columns as there are rows. */
  private static Tensor narrowed(Tensor rows) {
    return rows.size(0) < rows.size(1) ? triangularFactor(rows.t()).t() : rows;
  }

  private static double[][] picked(double[] flat, int rows, int[] picks) {
    int columns = flat.length / rows;
    double[][] picked = new double[picks.length][columns];
    for (int i = 0; i < picks.length; i++) {
      System.arraycopy(flat, picks[i] * columns, picked[i], 0, columns);
    }
    return picked;
  }

  /** From the rows less the reference's mean, and the same times R; both become centred. */
  private double of(double[][] offsets, double[][] rooted) {
    int n = offsets.length;
    double[] shift = centre(offsets);
    centre(rooted);
    double sum = 0;
    for (double[] row : offsets) {
      sum += squares(row);
    }
    try (Scope scope = Scope.open()) {
      double cross = singularValues(FeatureRows.tensor(rooted)).sum().item_double();
      return squares(shift) + sum / (n - 1) + trace - 2 * cross / Math.sqrt(n - 1);
    }
  }

  /** Subtracts the mean of the rows and returns it. */
  private static double[] centre(double[][] rows) {
    double[] mean = new double[rows[0].length];
    for (double[] row : rows) {
      for (int j = 0; j < mean.length; j++) {
        mean[j] += row[j] / rows.length;
      }
    }
    for (double[] row : rows) {
      for (int j = 0; j < mean.length; j++) {
        row[j] -= mean[j];
      }
    }
    return mean;
  }

  private static double squares(double[] values) {
    double sum = 0;
    for (double value : values) {
      sum += value * value;
    }
    return sum;
  }
}
