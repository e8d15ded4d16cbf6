package org.tiltlens.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

class AdamWTest {
  @Test
  void twoStepsAreThoseOfTheFormula() {
    try (Scope scope = Scope.open()) {
      Tensor w = Tensors.floats(new float[] {1, -2}, 2);
      AdamW adam = new AdamW(Tensors.zeros(2), Tensors.zeros(2));
      adam.step(w, Tensors.floats(new float[] {0.5f, 4}, 2), 1, 0.1, 0, 0);
      // The first step is rate times the gradient's sign.
      assertThat(Tensors.toFloats(w)).containsExactly(new float[] {0.9f, -2.1f}, within(1e-6f));
      adam.step(w, Tensors.floats(new float[] {-1, 4}, 2), 2, 0.1, 0, 0);
      // m = 0.9 * 0.05 - 0.1 = -0.055, /0.19; v = 0.999 * 0.00025 + 0.001 = 0.00124975, /0.001999
      double expected = 0.9 - 0.1 * (-0.055 / 0.19) / Math.sqrt(0.00124975 / 0.001999);
      assertThat(Tensors.toFloats(w)[0]).isCloseTo((float) expected, within(1e-5f));
      assertThat(Tensors.toFloats(w)[1]).isCloseTo(-2.2f, within(1e-5f));
    }
  }

  @Test
  void decayShrinksTheFirstWeightsOnly() {
    try (Scope scope = Scope.open()) {
      Tensor w = Tensors.floats(new float[] {2, 2}, 2);
      AdamW adam = new AdamW(Tensors.zeros(2), Tensors.zeros(2));
      adam.step(w, Tensors.zeros(2), 1, 0.1, 0.5, 1);
      assertThat(Tensors.toFloats(w)).containsExactly(new float[] {1.9f, 2}, within(1e-6f));
    }
  }
}
