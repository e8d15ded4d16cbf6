package org.tiltlens.synthesis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.tiltlens.torch.Autograd;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

class SmoothnessTest {
  /** 1 2 over 4 8: differences -1 -4, -3 -6, 2 and -7. */
  @Test
  void bothSumsAreThoseOfTheFourDirections() {
    try (Scope scope = Scope.open()) {
      Tensor x = Tensors.floats(new float[] {1, 2, 4, 8}, 1, 1, 2, 2);
      assertThat(Smoothness.absolute(x).item_double()).isCloseTo(2.5 + 4.5 + 2 + 7, within(1e-6));
      assertThat(Smoothness.euclidean(x).item_double())
          .isCloseTo(Math.sqrt(17) + Math.sqrt(45) + 2 + 7, within(1e-5));
    }
  }

  @Test
  void flatImagesHaveNoGradient() {
    try (Scope scope = Scope.open()) {
      Tensor x = Autograd.leaf(Tensors.full(0.3, 1, 3, 4, 4));
      Tensor gradient = Autograd.gradient(Smoothness.euclidean(x), x);
      assertThat(Tensors.toFloats(gradient)).containsOnly(0);
    }
  }
}
