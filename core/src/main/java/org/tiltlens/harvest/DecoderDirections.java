package org.tiltlens.harvest;

import static org.tiltlens.torch.Tensors.cat;
import static org.tiltlens.torch.Tensors.float64;
import static org.tiltlens.torch.Tensors.mean;
import static org.tiltlens.torch.Tensors.norm;
import static org.tiltlens.torch.Tensors.toDoubles;
import static org.tiltlens.torch.Tensors.toFloats;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.feature.SparseDictionary;
import org.tiltlens.models.Named;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Matrices;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/**
 * How the directions of a dictionary's features lie to each other: e_j = d_j / |d_j|, where d_j is
 * the row of feature j in the decoder.
 *
 * <p>A feature without a direction (a row of zeros, or not finite) has no neighbours and is
 * nobody's, and is at (NaN, NaN) in the plane.
 *
 * @param nearest by the cosine e_i · e_j
 * @param x coordinate of each feature on the first principal axis of all e_j, from their mean; an
 *     axis points to where the feature farthest off is
 * @param y on the second
 * @param shareX share of the variance of all e_j along the first axis, in [0, 1]
 * @param shareY along the second
 */
public record DecoderDirections(
    Neighbours nearest, float[] x, float[] y, double shareX, double shareY) {
  private static final int BLOCK = 256;

  /**
   * @throws IllegalArgumentException if they are not of as many features
   */
  public DecoderDirections {
    int features = nearest.features().length;
    if (x.length != features || y.length != features) {
      throw new IllegalArgumentException("directions of other features than their neighbours");
    }
  }

  /**
   * Reads a dictionary's decoder; its encoder is passed by.
   *
   * @param name of the dictionary, as in a {@link HarvestSpec}
   * @param device {@code cpu} or {@code cuda:N}
   */
  public static DecoderDirections of(String name, String device) {
    Device on = new Device(device).requireAvailable();
    try (SparseDictionary dictionary = SparseDictionary.open(Named.resolve(name), on)) {
      return of(dictionary);
    }
  }

  static DecoderDirections of(SparseDictionary dictionary) {
    try (Scope scope = Scope.open()) {
      List<Tensor> read = new ArrayList<>();
      int features = dictionary.features();
      for (int from = 0; from < features; from += BLOCK) {
        read.add(unit(dictionary.directions(from, Math.min(BLOCK, features - from))));
      }
      Tensor units = cat(read, 0); // (K, C)
      boolean[] has = new boolean[features];
      for (long row : Tensors.finiteRows(units)) {
        has[(int) row] = true;
      }
      return of(units, has);
    }
  }

  /** Rows of length 1; not finite where a row has none. */
  private static Tensor unit(Tensor rows) {
    return Scope.of(() -> rows.div(norm(rows, 1)));
  }

  private static DecoderDirections of(Tensor units, boolean[] has) {
    int features = has.length;
    Neighbours.Best[] best = Neighbours.none(features);
    for (int from = 0; from < features; from += BLOCK) {
      try (Scope scope = Scope.open()) {
        int rows = Math.min(BLOCK, features - from);
        float[] cosines = toFloats(units.narrow(0, from, rows).matmul(units.t())); // (rows, K)
        for (int i = 0; i < rows; i++) {
          for (int j = 0; has[from + i] && j < features; j++) {
            float cosine = cosines[i * features + j];
            if (j != from + i && has[j] && cosine >= best[from + i].least()) {
              best[from + i].offer(j, cosine);
            }
          }
        }
      }
    }
    float[] x = new float[features];
    float[] y = new float[features];
    Arrays.fill(x, Float.NaN);
    Arrays.fill(y, Float.NaN);
    double[] shares = project(units, has, x, y);
    return new DecoderDirections(Neighbours.of(best), x, y, shares[0], shares[1]);
  }

  /** Fills in the coordinates; returns the axes' shares of the variance. */
  private static double[] project(Tensor units, boolean[] has, float[] x, float[] y) {
    int[] kept = IntStream.range(0, has.length).filter(i -> has[i]).toArray();
    long channels = units.size(1);
    if (kept.length < 2 || channels < 2) {
      return new double[] {0, 0};
    }
    try (Scope scope = Scope.open()) {
      Tensor rows =
          float64(Tensors.stack(Arrays.stream(kept).mapToObj(i -> units.select(0, i)).toList()));
      Tensor centred = rows.sub(mean(rows, 0));
      Matrices.Eigen eigen = Matrices.Eigen.of(centred.t().matmul(centred)); // (C, C)
      double[] values = toDoubles(eigen.values());
      double all = Arrays.stream(values).sum();
      double[] shares = new double[2];
      float[][] axes = {x, y};
      for (int axis = 0; axis < 2; axis++) {
        double[] at =
            toDoubles(centred.matmul(eigen.vectors().select(1, channels - 1 - axis))); // (n)
        double sign = Math.signum(farthest(at));
        for (int i = 0; i < kept.length; i++) {
          axes[axis][kept[i]] = (float) (sign < 0 ? -at[i] : at[i]);
        }
        shares[axis] = all > 0 ? Math.max(0, values[(int) channels - 1 - axis]) / all : 0;
      }
      return shares;
    }
  }

  private static double farthest(double[] values) {
    return Arrays.stream(values).reduce(0, (a, b) -> Math.abs(b) > Math.abs(a) ? b : a);
  }
}
