package org.tiltlens.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tiltlens.torch.Noise;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

class ClassLabelsTest {
  @Test
  void wordsNameClasses() {
    assertThat(ClassLabels.parse("3", 10).choices()).containsExactly(3);
    assertThat(ClassLabels.parse("3, 7,9", 10).choices()).containsExactly(3, 7, 9);
    assertThat(ClassLabels.parse("any", 3).choices()).containsExactly(0, 1, 2);
    assertThat(ClassLabels.parse("none", 3).choices()).containsExactly(Denoiser.NO_CLASS);
  }

  @ParameterizedTest
  @ValueSource(strings = {"10", "-1", "", "cat", "1,,2", "1,1", "1,10", "99999999999", "NONE"})
  void whatIsNoClassIsRefusedWithTheOption(String text) {
    assertThatThrownBy(() -> ClassLabels.parse(text, 10))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("'" + text.strip() + "'")
        .hasMessageContaining("give a label from 0 to 9, such as `priorOption` label=0");
  }

  @Test
  void classesAreEquallyLikely() {
    ClassLabels labels = ClassLabels.parse("2,5,7", 10);
    int[] counts = new int[10];
    try (Scope scope = Scope.open()) {
      for (int label : labels.of(Noise.normal(3, 0, 0, 3000, 1, 2, 2))) {
        counts[label]++;
      }
    }
    for (int label : List.of(2, 5, 7)) {
      // 1000 with a deviation of 26.
      assertThat(counts[label]).isBetween(870, 1130);
    }
  }

  /**
   * The class is no function of how large the noise is, so it says nothing of where a path goes.
   */
  @Test
  void theLastBitOfOneNumberIsEnoughForAnotherDraw() {
    ClassLabels labels = ClassLabels.parse("0,1", 2);
    int changed = 0;
    try (Scope scope = Scope.open()) {
      Tensor noise = Noise.normal(5, 0, 0, 400, 1, 2, 2);
      float[] moved = Tensors.toFloats(noise);
      for (int i = 0; i < moved.length; i += 4) {
        moved[i] = Math.nextUp(moved[i]);
      }
      int[] before = labels.of(noise);
      int[] after = labels.of(Tensors.floats(moved, 400, 1, 2, 2));
      for (int i = 0; i < before.length; i++) {
        changed += before[i] == after[i] ? 0 : 1;
      }
    }
    assertThat(changed).isBetween(150, 250);
  }
}
