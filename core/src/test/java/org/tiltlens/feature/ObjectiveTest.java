package org.tiltlens.feature;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.tiltlens.torch.Autograd;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

class ObjectiveTest {
  private static void assertObjective(Objective objective, float[] values, float[] slopes) {
    try (Scope scope = Scope.open()) {
      Tensor scores = Autograd.leaf(Tensors.floats(new float[] {-1, 2, 5}, 3));
      Tensor value = objective.of(scores);
      assertThat(Tensors.toFloats(value)).containsExactly(values);
      assertThat(Tensors.toFloats(Autograd.gradient(value.sum(), scores))).containsExactly(slopes);
    }
  }

  @Test
  void maximizeClimbsForever() {
    assertObjective(new Objective.Maximize(), new float[] {-1, 2, 5}, new float[] {1, 1, 1});
  }

  @Test
  void clipLeavesImagesAloneAboveTheCap() {
    assertObjective(new Objective.Clip(3), new float[] {-1, 2, 3}, new float[] {1, 1, 0});
  }

  @Test
  void hingePullsBackAboveTheCap() {
    // At 5: 5 - 0.5 (5 - 3)^2, slope 1 - 2 0.5 (5 - 3).
    assertObjective(new Objective.Hinge(3, 0.5), new float[] {-1, 2, 3}, new float[] {1, 1, -1});
  }

  @Test
  void targetPullsFromBothSides() {
    assertObjective(new Objective.Target(3), new float[] {-16, -1, -4}, new float[] {8, 2, -4});
  }

  @Test
  void uselessNumbersAreRefused() {
    assertThatThrownBy(() -> new Objective.Clip(Double.NaN)).hasMessageContaining("finite");
    assertThatThrownBy(() -> new Objective.Hinge(1, 0)).hasMessageContaining("above 0");
    assertThatThrownBy(() -> new Objective.Target(Double.POSITIVE_INFINITY))
        .hasMessageContaining("finite");
  }
}
