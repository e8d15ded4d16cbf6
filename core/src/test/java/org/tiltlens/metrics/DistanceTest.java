package org.tiltlens.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
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
}
