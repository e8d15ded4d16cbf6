package org.tiltlens.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class WarpTest {
  private Scope scope;

  @BeforeEach
  void open() {
    scope = Scope.open();
  }

  @AfterEach
  void close() {
    scope.close();
  }

  private static Tensor image(float... pixels) {
    int side = (int) Math.sqrt(pixels.length);
    return Tensors.floats(pixels, 1, 1, side, side);
  }

  @Test
  void movesUncoverZeros() {
    Tensor x = image(1, 2, 3, 4, 5, 6, 7, 8, 9);
    assertThat(Tensors.toFloats(Warp.move(x, 1, 0))).containsExactly(0, 1, 2, 0, 4, 5, 0, 7, 8);
    assertThat(Tensors.toFloats(Warp.move(x, 0, -1))).containsExactly(4, 5, 6, 7, 8, 9, 0, 0, 0);
    assertThat(Tensors.toFloats(Warp.roll(x, 1, 0))).containsExactly(3, 1, 2, 6, 4, 5, 9, 7, 8);
    assertThat(Tensors.toFloats(Warp.roll(x, 0, 1))).containsExactly(7, 8, 9, 1, 2, 3, 4, 5, 6);
  }

  @Test
  void paddingHasOneValue() {
    assertThat(Tensors.toFloats(Warp.pad(image(1), 1, 0.5)))
        .containsExactly(.5f, .5f, .5f, .5f, 1, .5f, .5f, .5f, .5f);
  }

  @Test
  void quarterTurnsAreCounterClockwise() {
    Tensor turned = Warp.rotate(image(1, 2, 3, 4, 5, 6, 7, 8, 9), 90);
    assertThat(Tensors.toFloats(turned))
        .containsExactly(new float[] {3, 6, 9, 2, 5, 8, 1, 4, 7}, within(1e-5f));
    assertThatThrownBy(() -> Warp.rotate(Tensors.zeros(1, 1, 2, 3), 1))
        .hasMessageContaining("1x1x2x3");
  }

  @Test
  void resizingByCornersKeepsThem() {
    assertThat(Tensors.toFloats(Warp.resizeByCorners(image(0, 4, 8, 12), 3, 3)))
        .containsExactly(0, 2, 4, 4, 6, 8, 8, 10, 12);
  }

  /** On a ramp, a pixel of a crop is the position of its middle. */
  @Test
  void cropsReadWhereRegionOfInterestAlignmentDoes() {
    float[] ramp = new float[100];
    for (int i = 0; i < ramp.length; i++) {
      ramp[i] = i % 10 + 100 * (i / 10);
    }
    double[][] places = {{0.5, 0.4, 0.6}, {0.3, 0.5, 0.2}};
    for (int perSide = 1; perSide <= 2; perSide++) {
      Tensor crops = Warp.crops(image(ramp), places, 3, perSide);
      assertThat(Tensors.shape(crops)).containsExactly(2, 1, 3, 3);
      float[] read = Tensors.toFloats(crops);
      for (int i = 0; i < read.length; i++) {
        double[] place = places[i / 9];
        double x = 10 * (place[0] + place[2] * ((i % 3 + 0.5) / 3 - 0.5));
        double y = 10 * (place[1] + place[2] * ((i / 3 % 3 + 0.5) / 3 - 0.5));
        assertThat(read[i]).isCloseTo((float) (x + 100 * y), within(1e-2f));
      }
    }
  }

  @Test
  void cropsOutsideOfTheImageAreZero() {
    Tensor crops = Warp.crops(image(1, 1, 1, 1), new double[][] {{3, 3, 0.5}}, 2, 1);
    assertThat(Tensors.toFloats(crops)).containsExactly(0, 0, 0, 0);
  }
}
