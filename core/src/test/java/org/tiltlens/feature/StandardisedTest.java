package org.tiltlens.feature;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.tiltlens.torch.Autograd;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

class StandardisedTest {
  @Test
  void positionsAreStandardisedOverTheirChannels() {
    try (Scope scope = Scope.open()) {
      // Two positions of three channels: 1, 2, 6 with mean 3 and variance 7; and 4, 4, 4.
      Tensor x = Tensors.floats(new float[] {1, 4, 2, 4, 6, 4}, 1, 3, 1, 2);
      float[] y = Tensors.toFloats(Standardised.of(x));
      double deviation = Math.sqrt(7) + 1e-5;
      assertThat(y[0]).isCloseTo((float) (-2 / deviation), within(1e-6f));
      assertThat(y[2]).isCloseTo((float) (-1 / deviation), within(1e-6f));
      assertThat(y[4]).isCloseTo((float) (3 / deviation), within(1e-6f));
      assertThat(new float[] {y[1], y[3], y[5]}).containsOnly(0);
    }
  }

  @Test
  void gradientsAreFiniteWhereAllChannelsAreAlike() {
    try (Scope scope = Scope.open()) {
      Tensor x = Autograd.leaf(Tensors.floats(new float[] {1, 4, 2, 4, 6, 4}, 1, 3, 1, 2));
      Tensor first = Standardised.of(x).select(1, 0).sum();
      float[] gradient = Tensors.toFloats(Autograd.gradient(first, x));
      // d y_0 / d x_c = (delta - 1/3) / s - y_0 (x_c - 3) / (2 s), s the deviation
      double s = Math.sqrt(7);
      assertThat(gradient[0]).isCloseTo((float) (2 / 3.0 / s - 4 / (2 * 7 * s)), within(1e-5f));
      assertThat(gradient).doesNotContain(Float.NaN);
    }
  }
}
