package org.tiltlens.corpus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.function.IntBinaryOperator;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.tiltlens.torch.Layers;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

class FramingTest {
  /** A grey image whose level is that of {@code level(x, y)}. */
  private static RawImage image(int width, int height, IntBinaryOperator level) {
    byte[] plane = new byte[width * height];
    for (int i = 0; i < plane.length; i++) {
      plane[i] = (byte) level.applyAsInt(i % width, i / width);
    }
    return new RawImage(width, height, plane);
  }

  private static float level(Tensor image, long y, long x) {
    return (Tensors.toFloats(image.select(0, 2).select(0, y).select(0, x))[0] + 1) * 127.5f;
  }

  @Test
  void imagesOfTheWantedSizeStayAsTheyAre() {
    try (Scope scope = Scope.open()) {
      Tensor image = Framing.crop(8).of(image(8, 8, (x, y) -> 8 * y + x));
      assertThat(Tensors.shape(image)).containsExactly(3, 8, 8);
      assertThat(level(image, 3, 5)).isCloseTo(29, within(1e-3f));
    }
  }

  @Test
  void cropTakesTheCentreOfTheLongerSide() {
    try (Scope scope = Scope.open()) {
      Tensor image = Framing.crop(4).of(image(12, 4, (x, y) -> 10 * x));
      assertThat(level(image, 0, 0)).isCloseTo(40, within(1e-3f));
      assertThat(level(image, 3, 3)).isCloseTo(70, within(1e-3f));
    }
  }

  @Test
  void padCentresSmallerImagesOnBlack() {
    try (Scope scope = Scope.open()) {
      Tensor image = Framing.pad(32).of(image(28, 28, (x, y) -> 200));
      assertThat(level(image, 1, 16)).isZero();
      assertThat(level(image, 2, 2)).isCloseTo(200, within(1e-3f));
      assertThat(level(image, 29, 29)).isCloseTo(200, within(1e-3f));
      assertThat(level(image, 16, 30)).isZero();
      Tensor shrunk = Framing.pad(32).of(image(64, 32, (x, y) -> 200));
      assertThat(level(shrunk, 7, 16)).isZero();
      assertThat(level(shrunk, 16, 0)).isCloseTo(200, within(1e-3f));
    }
  }

  @Test
  void shrinkingAntialiasesFineStripes() {
    try (Scope scope = Scope.open()) {
      for (int side : new int[] {96, 320, 1000}) {
        Tensor image = Framing.crop(32).of(image(side, side, (x, y) -> x % 2 * 200));
        assertThat(level(image, 16, 16)).as("from " + side).isCloseTo(100, within(12f));
      }
    }
  }

  /** Resized as a whole, the first would take 700 GB. */
  @Test
  void thinPicturesAreReadWhateverTheirLength() {
    int length = 60_000;
    int size = 1024;
    try (Scope scope = Scope.open()) {
      Tensor tall = Framing.crop(size).of(image(1, length, (x, y) -> y * 7 % 256));
      Tensor wide = Framing.crop(size).of(image(length, 1, (x, y) -> x * 7 % 256));
      assertThat(Tensors.shape(tall)).containsExactly(3, size, size);
      for (int i = 0; i < size; i += 31) {
        double at = length / 2.0 + (i + 0.5 - size / 2.0) / size - 0.5;
        int before = (int) at;
        double share = at - before;
        double expected = (1 - share) * (before * 7 % 256) + share * ((before + 1) * 7 % 256);
        assertThat(level(tall, i, 5)).as("row " + i).isCloseTo((float) expected, within(0.01f));
        assertThat(level(wide, 5, i)).as("column " + i).isCloseTo((float) expected, within(0.01f));
      }
    }
  }

  @Test
  void thinPicturesLookAsIfResizedWhole() {
    for (int[] side : new int[][] {{6, 60}, {7, 64}, {600, 6000}, {80, 700}}) {
      try (Scope scope = Scope.open()) {
        RawImage image =
            image(side[0], side[1], (x, y) -> (int) (127 + 120 * Math.sin(9.0 * y / side[0])));
        long length = Math.round(32.0 * side[1] / side[0]);
        Tensor whole =
            Layers.resizeBilinear(image.toTensor().unsqueeze(0), (int) length, 32).squeeze(0);
        Tensor expected = whole.narrow(1, (length - 32) / 2, 32);
        Tensor difference = Framing.crop(32).of(image).sub(expected).abs();
        assertThat(difference.max().item_double()).as(side[0] + "x" + side[1]).isLessThan(0.06);
      }
    }
  }

  @Test
  void thinPicturesArePaddedToo() {
    try (Scope scope = Scope.open()) {
      Tensor image = Framing.pad(32).of(image(2, 6000, (x, y) -> 200));
      assertThat(level(image, 0, 15)).isCloseTo(200, within(1e-3f));
      assertThat(level(image, 31, 15)).isCloseTo(200, within(1e-3f));
      assertThat(level(image, 16, 14)).isZero();
      assertThat(level(image, 16, 16)).isZero();
    }
  }
}
