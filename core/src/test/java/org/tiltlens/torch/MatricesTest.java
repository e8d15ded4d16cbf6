package org.tiltlens.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

class MatricesTest {
  @Test
  void distancesOfPointsFarFromTheOrigin() {
    try (Scope scope = Scope.open()) {
      Tensor x = Tensors.doubles(new double[] {1e8, 0, 1e8 + 3, 4}, 2, 2);
      Tensor y = Tensors.doubles(new double[] {1e8, 0}, 1, 2);
      assertThat(Tensors.toDoubles(Matrices.distances(x, y))).containsExactly(0, 5);
    }
  }

  /** (3 0; 4 5) has M^T M = (25 20; 20 25), with eigenvalues 45 and 5. */
  @Test
  void singularValuesByHand() {
    try (Scope scope = Scope.open()) {
      Tensor matrix = Tensors.doubles(new double[] {3, 0, 4, 5}, 2, 2);
      double[] values = Tensors.toDoubles(Matrices.singularValues(matrix));
      assertThat(values[0]).isCloseTo(Math.sqrt(45), within(1e-12));
      assertThat(values[1]).isCloseTo(Math.sqrt(5), within(1e-12));
    }
  }

  @Test
  void theTriangularFactorHasTheSameInnerProducts() {
    try (Scope scope = Scope.open()) {
      Tensor matrix = Tensors.doubles(new double[] {3, 0, 4, 5, 1, 2}, 3, 2);
      Tensor factor = Matrices.triangularFactor(matrix);
      assertThat(Tensors.describe(factor)).isEqualTo("2x2");
      double[] products = Tensors.toDoubles(factor.t().matmul(factor));
      double[] expected = {26, 22, 22, 29};
      for (int i = 0; i < expected.length; i++) {
        assertThat(products[i]).isCloseTo(expected[i], within(1e-12));
      }
    }
  }
}
