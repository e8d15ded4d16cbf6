package org.tiltlens.synthesis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.tiltlens.torch.Autograd;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

class SortMatchingTest {
  private static Tensor floats(long[] shape, float... values) {
    return Tensors.floats(values, shape);
  }

  @Test
  void lossComparesRankByRank() {
    try (Scope scope = Scope.open()) {
      Tensor x = floats(new long[] {1, 2, 2, 2}, 3, 1, 2, 0, 5, 5, 5, 5);
      Tensor target = floats(new long[] {2, 4}, 0, 1, 1, 4, 5, 5, 5, 7);
      Tensor weights = floats(new long[] {2}, 0.5f, 3);
      // Squares 0 0 1 1 with weight 0.5 and 0 0 0 4 with weight 3, over 8.
      assertThat(SortMatching.losses(x, target, weights).item_double())
          .isCloseTo((0.5 * 2 + 3 * 4) / 8, within(1e-6));
    }
  }

  @Test
  void gradientGoesToTheValueOfTheRank() {
    try (Scope scope = Scope.open()) {
      Tensor x = Autograd.leaf(floats(new long[] {1, 1, 1, 3}, 9, -1, 4));
      Tensor target = floats(new long[] {1, 3}, -1, 1, 6);
      Tensor loss = SortMatching.losses(x, target, floats(new long[] {1}, 1));
      // 2 (9 - 6) / 3 for the highest, 2 (4 - 1) / 3 for the middle one.
      assertThat(Tensors.toFloats(Autograd.gradient(loss, x)))
          .containsExactly(new float[] {2, 0, 2}, within(1e-6f));
    }
  }

  @Test
  void otherNumbersOfPositionsAreReadBetweenTheRanks() {
    try (Scope scope = Scope.open()) {
      Tensor x = floats(new long[] {1, 1, 2, 2}, 10, 0, 0, 10);
      Tensor target = floats(new long[] {1, 2}, 0, 10);
      // Ranks 1/8, 3/8, 5/8 and 7/8 of 0 at 1/4 and 10 at 3/4: 0, 2.5, 7.5, 10.
      assertThat(SortMatching.losses(x, target, floats(new long[] {1}, 1)).item_double())
          .isCloseTo((2.5 * 2.5 + 2.5 * 2.5) / 4, within(1e-5));
    }
  }

  @Test
  void otherNumbersOfChannelsAreRefused() {
    try (Scope scope = Scope.open()) {
      assertThatThrownBy(
              () ->
                  SortMatching.losses(
                      Tensors.zeros(1, 2, 3, 3), Tensors.zeros(3, 9), Tensors.zeros(3)))
          .hasMessage("1x2x3x3 activations matched with 3x9 sorted ones");
    }
  }
}
