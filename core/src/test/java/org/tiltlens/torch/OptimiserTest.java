package org.tiltlens.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

class OptimiserTest {
  private static final double[] GRADIENTS = {0.5, -1, 4, 4, 0.25, -3};
  private static final double RATE = 0.1;

  /** One weight that starts at 1, after all gradients, in float64. */
  private static double last(Optimiser optimiser) {
    try (Scope scope = Scope.open()) {
      Tensor weights = Tensors.doubles(new double[] {1}, 1);
      Optimiser.Moments moments =
          new Optimiser.Moments(
              Tensors.doubles(new double[1], 1), Tensors.doubles(new double[1], 1));
      for (int n = 1; n <= GRADIENTS.length; n++) {
        Tensor gradient = Tensors.doubles(new double[] {GRADIENTS[n - 1]}, 1);
        optimiser.step(weights, gradient, moments, n, RATE);
      }
      return weights.item_double();
    }
  }

  @Test
  void adamIsThatOfTheFormula() {
    double w = 1;
    double m = 0;
    double v = 0;
    for (int n = 1; n <= GRADIENTS.length; n++) {
      double g = GRADIENTS[n - 1];
      m = 0.5 * m + 0.5 * g;
      v = 0.9 * v + 0.1 * g * g;
      w -= RATE * m / (1 - Math.pow(0.5, n)) / (Math.sqrt(v / (1 - Math.pow(0.9, n))) + 1e-8);
    }
    assertThat(last(new Optimiser.Adam(0.5, 0.9, 1e-8))).isCloseTo(w, within(1e-12));
  }

  @Test
  void weightsOfAdamWDecayByThemselves() {
    double w = 1;
    double m = 0;
    double v = 0;
    for (int n = 1; n <= GRADIENTS.length; n++) {
      double g = GRADIENTS[n - 1];
      m = 0.5 * m + 0.5 * g;
      v = 0.9 * v + 0.1 * g * g;
      w *= 1 - RATE * 0.3;
      w -= RATE * m / (1 - Math.pow(0.5, n)) / (Math.sqrt(v / (1 - Math.pow(0.9, n))) + 1e-4);
    }
    assertThat(last(new Optimiser.AdamW(0.5, 0.9, 1e-4, 0.3))).isCloseTo(w, within(1e-12));
  }

  @Test
  void nadamIsThatOfTheFormula() {
    double w = 1;
    double m = 0;
    double v = 0;
    double product = 1;
    for (int n = 1; n <= GRADIENTS.length; n++) {
      double g = GRADIENTS[n - 1];
      double mu = 0.9 * (1 - 0.5 * Math.pow(0.96, 0.004 * n));
      double next = 0.9 * (1 - 0.5 * Math.pow(0.96, 0.004 * (n + 1)));
      product *= mu;
      m = 0.9 * m + 0.1 * g;
      v = 0.999 * v + 0.001 * g * g;
      double divisor = Math.sqrt(v / (1 - Math.pow(0.999, n))) + 1e-8;
      w -= RATE * (1 - mu) / (1 - product) * g / divisor;
      w -= RATE * next / (1 - product * next) * m / divisor;
    }
    assertThat(last(Optimiser.NAdam.USUAL)).isCloseTo(w, within(1e-12));
  }

  @Test
  void nadamsFirstStepIsLongerThanTheRateByItsLookAhead() {
    try (Scope scope = Scope.open()) {
      Tensor weights = Tensors.doubles(new double[] {0}, 1);
      Optimiser.Moments moments =
          new Optimiser.Moments(
              Tensors.doubles(new double[1], 1), Tensors.doubles(new double[1], 1));
      Optimiser.NAdam.USUAL.step(weights, Tensors.doubles(new double[] {2}, 1), moments, 1, 1);
      // mu_1 = 0.450073475, mu_2 = 0.450146938: 1 + 0.1 mu_2 / (1 - mu_1 mu_2).
      assertThat(weights.item_double()).isCloseTo(-1.0564517, within(1e-6));
    }
  }

  @Test
  void settingsOutOfRangeAreRefused() {
    assertThatThrownBy(() -> new Optimiser.Adam(1, 0.9, 1e-8)).hasMessageContaining("[0, 1)");
    assertThatThrownBy(() -> new Optimiser.Adam(0.9, 0.9, 0)).hasMessageContaining("epsilon 0.0");
    assertThatThrownBy(() -> new Optimiser.NAdam(0.9, 0.9, 1e-8, -1))
        .hasMessageContaining("momentum decay -1.0");
    assertThatThrownBy(() -> new Optimiser.AdamW(0.9, 0.9, 1e-8, -1))
        .hasMessageContaining("weight decay -1.0");
  }
}
