package org.tiltlens.feature;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.tiltlens.fixture.Pixels;
import org.tiltlens.torch.Autograd;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

class WeightedScoresTest {
  private final Pixels pixels = new Pixels();
  private final UnitScore red = pixels.mean(0, Pixels.AT);
  private final UnitScore blue = pixels.mean(2, Pixels.AT);

  @Test
  void addsWhatEachUnitSaysByItsWeight() {
    WeightedScores score =
        new WeightedScores(
            List.of(
                new WeightedScores.Part(red, new Objective.Maximize(), 2),
                new WeightedScores.Part(blue, new Objective.Clip(0.5), -3)));
    try (Scope scope = Scope.open()) {
      // Means of red 1, 2 and of blue 0.25, 0.75 in images of one row of two pixels.
      Tensor images =
          Autograd.leaf(
              Tensors.floats(new float[] {0, 2, 9, 9, 0, 0.5f, 1, 3, 9, 9, 0.5f, 1}, 2, 3, 1, 2));
      Tensor scores = score.of(images);
      assertThat(Tensors.toDoubles(scores)).containsExactly(2 * 1 - 3 * 0.25, 2 * 2 - 3 * 0.5);
      // Beyond its cap blue no longer counts.
      assertThat(Tensors.toDoubles(Autograd.gradient(scores.sum(), images)))
          .containsExactly(1, 1, 0, 0, -1.5, -1.5, 1, 1, 0, 0, 0, 0);
      assertThat(pixels.passes()).isEqualTo(1);
    }
  }

  @Test
  void refusesWhatHasNoMeaning() {
    assertThatThrownBy(() -> new WeightedScores(List.of())).hasMessageContaining("at least one");
    assertThatThrownBy(() -> new WeightedScores.Part(red, new Objective.Maximize(), Double.NaN))
        .hasMessageContaining("illegal beta: NaN");
  }
}
