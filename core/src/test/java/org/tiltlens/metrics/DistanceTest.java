package org.tiltlens.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;

import java.util.Arrays;
import java.util.Random;
import java.util.function.ToDoubleFunction;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.golden.Goldens;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

class DistanceTest {
  @Test
  @Tag("golden")
  void distancesAgreeWithTheReference() {
    try (Scope scope = Scope.open();
        TensorStore golden = Goldens.open("distribution_metrics.safetensors")) {
      double[][] a = rows(golden.load("a"));
      double[][] b = rows(golden.load("b"));
      assertClose(FrechetDistance.between(a, b), golden.load("frechet_distance").item_double());
      assertClose(KernelDistance.between(a, b), golden.load("kernel_distance_poly3").item_double());
    }
  }

  private static void assertClose(double actual, double expected) {
    assertThat(actual)
        .isCloseTo(expected, within(Goldens.TOLERANCE + Goldens.TOLERANCE * Math.abs(expected)));
  }

  private static double[][] rows(Tensor tensor) {
    double[][] rows = new double[(int) tensor.size(0)][];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = Tensors.toDoubles(tensor.select(0, i));
    }
    return rows;
  }

  /** Variances 2 and 8 by hand: (1 - 5)^2 + (sqrt 2 - sqrt 8)^2 = 16 + 2. */
  @Test
  void frechetDistanceOfTwoLines() {
    double[][] a = {{0}, {2}};
    double[][] b = {{3}, {7}};
    assertThat(FrechetDistance.between(a, b)).isCloseTo(18, within(1e-9));
    assertThat(FrechetDistance.between(a, a)).isCloseTo(0, within(1e-9));
  }

  /** k(0, 1) = 1; k(2, -2) = (-4 + 1)^3 = -27; k(x, y) over all pairs: 1, 1, 27, -1. */
  @Test
  void kernelDistanceByHand() {
    double[][] a = {{0}, {1}};
    double[][] b = {{2}, {-2}};
    assertThat(KernelDistance.between(a, b))
        .isCloseTo(1 - 27 - 2 * (1 + 1 + 27 - 1) / 4.0, within(1e-9));
  }

  @Test
  void distancesRefuseWhatTheyCannotCompare() {
    double[][] one = {{1, 2}};
    double[][] two = {{1, 2}, {3, 4}};
    double[][] ragged = {{1, 2}, {3}};
    assertThatThrownBy(() -> FrechetDistance.between(one, two)).hasMessageContaining("at least 2");
    assertThatThrownBy(() -> KernelDistance.between(two, ragged))
        .hasMessageContaining("1 and 2 dimensions");
  }

  /**
   * Rows +-s_i along axis i have a diagonal covariance, where the formula is {@code sum_i (s_i c -
   * t_i c)^2}; with 6 of 40 axes in use both are singular.
   */
  @Test
  void frechetDistanceOfSingularCovariancesThatCommute() {
    double[] s = {1, 2, 3, 0.5, 1e-5, 0};
    double[] t = {2, 1, 0, 0.25, 3e-5, 4};
    double expected = 0;
    for (int i = 0; i < s.length; i++) {
      expected += (s[i] - t[i]) * (s[i] - t[i]) * 2 / 11;
    }
    double[][] a = alongAxes(s, 40);
    double[][] b = alongAxes(t, 40);
    assertThat(FrechetDistance.between(a, b)).isCloseTo(expected, withinPercentage(1e-10));
    assertThat(FrechetDistance.to(a).of(b)).isCloseTo(expected, withinPercentage(1e-10));
  }

  /** Rows s_i and -s_i times the unit vector of each axis. */
  private static double[][] alongAxes(double[] s, int dimension) {
    double[][] rows = new double[2 * s.length][dimension];
    for (int i = 0; i < s.length; i++) {
      rows[2 * i][i] = s[i];
      rows[2 * i + 1][i] = -s[i];
    }
    return rows;
  }

  @Test
  void frechetDistanceIsSymmetricForAnyNumbersOfRows() {
    double[][] many = RandomRows.normal(300, 20, 1);
    double[][] few = RandomRows.normal(7, 20, 2);
    assertThat(FrechetDistance.between(many, few))
        .isCloseTo(FrechetDistance.between(few, many), withinPercentage(1e-10));
    assertThat(FrechetDistance.between(few, few)).isCloseTo(0, within(1e-12));
  }

  @ParameterizedTest
  @ValueSource(ints = {5, 20, 60})
  void resamplesHaveTheDistanceOfTheirRows(int n) {
    double[][] reference = RandomRows.normal(100, 20, 3);
    double[][] rows = RandomRows.normal(n, 20, 4);
    int[] picks = new Random(5).ints(n, 0, n).toArray();
    double[][] picked = Arrays.stream(picks).mapToObj(i -> rows[i]).toArray(double[][]::new);

    FrechetDistance frechet = FrechetDistance.to(reference);
    assertThat(frechet.resampling(rows).applyAsDouble(picks))
        .isCloseTo(FrechetDistance.between(picked, reference), withinPercentage(1e-9));
    KernelDistance kernel = KernelDistance.to(reference);
    int[] different = Arrays.stream(picks).distinct().toArray();
    double[][] once = Arrays.stream(different).mapToObj(i -> rows[i]).toArray(double[][]::new);
    assertThat(kernel.resampling(rows).applyAsDouble(different))
        .isCloseTo(KernelDistance.between(once, reference), withinPercentage(1e-9));
    assertThat(kernel.of(rows))
        .isCloseTo(KernelDistance.between(reference, rows), withinPercentage(1e-9));
  }

  @Test
  void redrawsOfAKernelDistanceAreAboutItself() {
    Random random = new Random(7);
    double[][] reference = normal(random, 200);
    double[][] rows = normal(random, 8);
    KernelDistance kernel = KernelDistance.to(reference);
    ToDoubleFunction<int[]> resampling = kernel.resampling(rows);
    double[] redraws = new double[4000];
    Arrays.setAll(redraws, i -> resampling.applyAsDouble(random.ints(8, 0, rows.length).toArray()));
    double mean = Arrays.stream(redraws).average().orElseThrow();
    double deviation =
        Math.sqrt(Arrays.stream(redraws).map(d -> (d - mean) * (d - mean)).average().orElseThrow());
    // Pairs of a vector with itself would move it by more than one deviation.
    assertThat(mean).isCloseTo(kernel.of(rows), within(0.15 * deviation));
    assertThat(resampling.applyAsDouble(new int[] {3, 3, 3})).isFinite();
  }

  private static double[][] normal(Random random, int count) {
    double[][] rows = new double[count][6];
    for (double[] row : rows) {
      Arrays.setAll(row, j -> random.nextGaussian());
    }
    return rows;
  }

  @Test
  void aReferenceRefusesWhatItCannotCompare() {
    double[][] two = {{1, 2}, {3, 4}};
    double[][] three = {{1, 2, 3}, {4, 5, 6}};
    double[][] broken = {{1, 2}, {3, Double.NaN}};
    assertThatThrownBy(() -> FrechetDistance.to(two).of(three))
        .hasMessageContaining("3 and 2 dimensions");
    assertThatThrownBy(() -> KernelDistance.to(two).of(three))
        .hasMessageContaining("2 and 3 dimensions");
    assertThatThrownBy(() -> FrechetDistance.to(broken))
        .hasMessageContaining("feature vector 1 holds NaN");
  }
}
