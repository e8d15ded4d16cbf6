package org.tiltlens.feature;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tiltlens.fixture.Pixels;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/** Where the middle of a map lies, and when that is worth a word. */
class CentralCropTest {
  private static final CentralCrop HALF = new CentralCrop(0.5);

  /** Sides of published networks: bits of their scores hang on these. */
  @ParameterizedTest
  @CsvSource({"2, 0, 1", "4, 1, 2", "7, 1, 4", "8, 2, 4", "14, 3, 7", "16, 4, 8"})
  void cropsStayWhereTheyAre(int side, int first, int length) {
    try (Scope scope = Scope.open()) {
      float[] cells = new float[side];
      for (int i = 0; i < side; i++) {
        cells[i] = i;
      }
      float[] middle = Tensors.toFloats(HALF.of(Tensors.floats(cells, 1, 1, side)).contiguous());
      assertThat(middle).hasSize(length);
      assertThat(middle[0]).isEqualTo(first);
    }
  }

  @ParameterizedTest
  @CsvSource({"2, true", "3, true", "4, false", "5, true", "7, false", "14, false", "1, false"})
  void cropsOffTheCentreOfFewCellsAreSaid(int side, boolean said) {
    assertThat(HALF.caveat(side, side).isPresent()).isEqualTo(said);
    assertThat(HALF.caveat(side, 8).isPresent()).isEqualTo(said);
    assertThat(HALF.caveat(8, side).isPresent()).isEqualTo(said);
    assertThat(CentralCrop.NONE.caveat(side, side)).isEmpty();
  }

  @Test
  void aScoreSaysItOfItsMap() {
    UnitScore score =
        new UnitScore(
            new Pixels(), Pixels.AT, new Unit.Channel(0), new SpatialReduction.Max(), HALF);
    try (Scope scope = Scope.open()) {
      Optional<String> caveat = score.caveat(Tensors.zeros(1, 3, 2, 2));
      assertThat(caveat.orElseThrow())
          .startsWith(
              "of the map of 2 x 2 cells, 1 x 1 count, which lie half a cell above or left");
      assertThat(score.caveat(Tensors.zeros(1, 3, 4, 4))).isEmpty();
    }
  }
}
