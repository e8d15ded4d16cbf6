package org.tiltlens.metrics;

import static org.tiltlens.torch.Matrices.distances;
import static org.tiltlens.torch.Tensors.toDoubles;

import java.util.Arrays;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.torch.Scope;

/**
 * Where a set of feature vectors lies: balls around its points, each out to the point's k-th
 * nearest neighbour in the set.
 *
 * <pre>
 *   B_i = { y : |y - x_i| <= |x_i - NN_k(x_i)| }      x_i is no neighbour of itself
 * </pre>
 *
 * <p>Kynkaanniemi et al. 2019 (arXiv 1904.06991), equation 1; Euclidean distances. A ball holds its
 * surface, as in that equation (their code; the code of Naeem et al. leaves it out, which matters
 * only where distances are equal, as for images that occur twice). Immutable.
 */
public final class NearestNeighbours {
  /** Bound on the distances held at a time: 32 MB. */
  private static final int MAX_DISTANCES = 4 << 20;

  private final double[][] points;
  private final double[] radii;
  private final int k;

  private NearestNeighbours(double[][] points, double[] radii, int k) {
    this.points = points;
    this.radii = radii;
    this.k = k;
  }

  /**
   * The balls of a set.
   *
   * @param points (n, D) feature vectors, n > k
   * @param k which neighbour a ball reaches, at least 1
   * @throws IllegalArgumentException if there are too few, their dimensions differ, a number is not
   *     finite or k is below 1
   */
  public static NearestNeighbours of(double[][] points, int k) {
    if (k < 1) {
      throw new IllegalArgumentException("nearest neighbour " + k + ", must be at least 1");
    }
    FeatureRows.require(points, k + 1);
    double[][] copy = Arrays.stream(points).map(double[]::clone).toArray(double[][]::new);
    double[] radii = new double[points.length];
    forEach(
        copy,
        copy,
        (i, toAll) -> {
          toAll[i] = Double.POSITIVE_INFINITY;
          Arrays.sort(toAll);
          radii[i] = toAll[k - 1];
        });
    return new NearestNeighbours(copy, radii, k);
  }

  /** k: which neighbour a ball reaches. */
  public int neighbour() {
    return k;
  }

  /** Radius of each point's ball; a copy. */
  public double[] radii() {
    return radii.clone();
  }

  /**
   * How many balls hold each of other points.
   *
   * @param others (m, D)
   * @return m numbers in 0..n
   * @throws IllegalArgumentException if the dimensions differ or a number is not finite
   */
  public int[] ballsAround(double[][] others) {
    FeatureRows.requireDimension(others, points[0].length);
    int[] balls = new int[others.length];
    forEach(
        others,
        points,
        (j, toPoints) -> {
          for (int i = 0; i < radii.length; i++) {
            balls[j] += toPoints[i] <= radii[i] ? 1 : 0;
          }
        });
    return balls;
  }

  /**
   * How many balls hold at least one of other points.
   *
   * @param others (m, D)
   * @return a number in 0..n
   * @throws IllegalArgumentException if the dimensions differ or a number is not finite
   */
  public int ballsThatHoldAny(double[][] others) {
    FeatureRows.requireDimension(others, points[0].length);
    boolean[] holds = new boolean[radii.length];
    forEach(
        points,
        others,
        (i, toOthers) -> holds[i] = Arrays.stream(toOthers).anyMatch(d -> d <= radii[i]));
    int count = 0;
    for (boolean ball : holds) {
      count += ball ? 1 : 0;
    }
    return count;
  }

  /** The points themselves. */
  public double[][] points() {
    return points;
  }

  /** What is done with the distances of row i from all of the other set. */
  private interface Row {
    void take(int i, double[] distances);
  }

  private static void forEach(double[][] from, double[][] to, Row row) {
    int block = Math.max(1, MAX_DISTANCES / Math.max(1, to.length));
    for (int start = 0; start < from.length; start += block) {
      double[][] rows = Arrays.copyOfRange(from, start, Math.min(from.length, start + block));
      double[] flat = flat(rows, to);
      for (int i = 0; i < rows.length; i++) {
        row.take(start + i, Arrays.copyOfRange(flat, i * to.length, (i + 1) * to.length));
      }
    }
  }

  private static double[] flat(double[][] from, double[][] to) {
    if (to.length == 0) {
      return new double[0];
    }
    try (Scope scope = Scope.open()) {
      Tensor x = FeatureRows.tensor(from);
      return toDoubles(distances(x, FeatureRows.tensor(to)));
    }
  }
}
