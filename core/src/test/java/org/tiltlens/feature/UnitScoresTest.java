package org.tiltlens.feature;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.tiltlens.fixture.Pixels;
import org.tiltlens.torch.Noise;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

class UnitScoresTest {
  @Test
  void readsAllUnitsInOnePassWhereverTheyAre() {
    Pixels pixels = new Pixels();
    List<UnitScore> units =
        List.of(
            pixels.mean(0, Pixels.NEGATED), pixels.mean(2, Pixels.AT), pixels.mean(0, Pixels.AT));
    try (Scope scope = Scope.open()) {
      Tensor images = Noise.normal(1, 0, 0, 4, 3, 5, 6);
      List<Tensor> together = new UnitScores(units).of(images);
      assertThat(pixels.passes()).isEqualTo(1);
      for (int k = 0; k < units.size(); k++) {
        assertThat(Tensors.toDoubles(together.get(k)))
            .containsExactly(Tensors.toDoubles(units.get(k).of(images)));
      }
    }
  }

  @Test
  void refusesUnitsThatShareNoPass() {
    UnitScore here = new Pixels().mean(0, Pixels.AT);
    UnitScore elsewhere = new Pixels().mean(1, Pixels.AT);
    assertThatThrownBy(() -> new UnitScores(List.of(here, elsewhere)))
        .hasMessage("channel:0 and channel:1: expected units of one vision model and input size");
    assertThatThrownBy(() -> new UnitScores(List.of())).hasMessageContaining("at least one");
  }
}
