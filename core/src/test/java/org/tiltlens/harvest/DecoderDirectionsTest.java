package org.tiltlens.harvest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.tiltlens.feature.SparseDictionary;
import org.tiltlens.run.Json;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/** Neighbours and the plane, against the decoder by hand. */
class DecoderDirectionsTest {
  private static final Path GOLDEN = Path.of("src/test/resources/goldens/cnnsae");

  /** Rows of the decoder by what it predicts: decode(one-hot) - decode(0). */
  private static double[][] decoder(SparseDictionary dictionary) {
    try (Scope scope = Scope.open()) {
      int features = dictionary.features();
      float[] ones = new float[features * features];
      for (int i = 0; i < features; i++) {
        ones[i * features + i] = 1;
      }
      Tensor hot = Tensors.floats(ones, features, features, 1, 1);
      Tensor none = Tensors.zeros(features, features, 1, 1);
      return Tensors.rows(
          dictionary.decode(hot).sub(dictionary.decode(none)).reshape(features, -1));
    }
  }

  private static double cosine(double[] a, double[] b) {
    double ab = 0;
    double aa = 0;
    double bb = 0;
    for (int i = 0; i < a.length; i++) {
      ab += a[i] * b[i];
      aa += a[i] * a[i];
      bb += b[i] * b[i];
    }
    return ab / Math.sqrt(aa * bb);
  }

  @Test
  void nearestHaveTheLargestCosines() {
    try (SparseDictionary dictionary = SparseDictionary.open(GOLDEN, Device.CPU)) {
      double[][] rows = decoder(dictionary);
      DecoderDirections found = DecoderDirections.of(dictionary);
      for (int i = 0; i < rows.length; i++) {
        double[] row = rows[i];
        int self = i;
        List<Double> cosines = new ArrayList<>();
        for (int j = 0; j < rows.length; j++) {
          if (j != self) {
            cosines.add(cosine(row, rows[j]));
          }
        }
        cosines.sort(Comparator.reverseOrder());
        List<Neighbours.Neighbour> nearest = found.nearest().of(i);
        assertThat(nearest).hasSize(Math.min(Neighbours.MOST, rows.length - 1));
        for (int n = 0; n < nearest.size(); n++) {
          assertThat(nearest.get(n).value()).isCloseTo(cosines.get(n), within(1e-4));
          assertThat(cosine(row, rows[nearest.get(n).feature()]))
              .isCloseTo(cosines.get(n), within(1e-4));
        }
      }
    }
  }

  /** No other pair of axes has more variance: checked by what is left beside them. */
  @Test
  void planeIsThePrincipalOne() {
    try (SparseDictionary dictionary = SparseDictionary.open(GOLDEN, Device.CPU)) {
      double[][] rows = decoder(dictionary);
      DecoderDirections found = DecoderDirections.of(dictionary);
      double all = 0;
      int n = rows.length;
      double[] mean = new double[rows[0].length];
      for (double[] row : rows) {
        double length = Math.sqrt(dot(row, row));
        for (int c = 0; c < row.length; c++) {
          row[c] /= length;
          mean[c] += row[c] / n;
        }
      }
      for (double[] row : rows) {
        for (int c = 0; c < row.length; c++) {
          row[c] -= mean[c];
          all += row[c] * row[c];
        }
      }
      for (float[] axis : List.of(found.x(), found.y())) {
        double share = axis == found.x() ? found.shareX() : found.shareY();
        // X^T u is an eigenvector of X^T X with the eigenvalue |u|^2 where u = X v.
        double[] v = new double[rows[0].length];
        double squares = 0;
        for (int i = 0; i < n; i++) {
          squares += axis[i] * axis[i];
          for (int c = 0; c < v.length; c++) {
            v[c] += rows[i][c] * axis[i];
          }
        }
        assertThat(squares / all).isCloseTo(share, within(1e-4));
        for (int i = 0; i < n; i++) {
          assertThat(dot(rows[i], v) / squares).isCloseTo(axis[i], within(1e-4));
        }
      }
      assertThat(found.shareX()).isGreaterThanOrEqualTo(found.shareY());
      // A power iteration finds no larger eigenvalue.
      double[] v = new double[rows[0].length];
      v[0] = 1;
      double largest = 0;
      for (int step = 0; step < 500; step++) {
        double[] next = new double[v.length];
        for (double[] row : rows) {
          double along = dot(row, v);
          for (int c = 0; c < v.length; c++) {
            next[c] += along * row[c];
          }
        }
        largest = Math.sqrt(dot(next, next));
        for (int c = 0; c < v.length; c++) {
          v[c] = next[c] / largest;
        }
      }
      assertThat(found.shareX()).isCloseTo(largest / all, within(1e-4));
    }
  }

  private static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  @Test
  void readsWhatItWrites() {
    Neighbours nearest = new Neighbours(new int[][] {{1}, {}}, new float[][] {{0.25f}, {}});
    DecoderDirections before =
        new DecoderDirections(
            nearest, new float[] {0.5f, Float.NaN}, new float[] {1, Float.NaN}, 0.5, 0.25);
    DecoderDirections after = Json.parse(Json.write(before), DecoderDirections.class);
    assertThat(after.x()).isEqualTo(before.x());
    assertThat(after.nearest().of(0)).isEqualTo(before.nearest().of(0));
    assertThat(after.shareY()).isEqualTo(0.25);
  }
}
