package org.tiltlens.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Random;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

class HighFrequencyEnergyTest {
  private interface Pixel {
    double at(int channel, int y, int x);
  }

  private static Tensor image(int height, int width, Pixel pixel) {
    float[] values = new float[3 * height * width];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) pixel.at(i / (height * width), i / width % height, i % width);
    }
    return Tensors.floats(values, 1, 3, height, width);
  }

  /** A wave of so many periods down and across, about a mean of 0.3. */
  private static double shareOfWave(int down, int across) {
    try (Scope scope = Scope.open()) {
      Tensor wave =
          image(
              32,
              40,
              (c, y, x) ->
                  0.3 + 0.5 * Math.cos(2 * Math.PI * (down * y / 32.0 + across * x / 40.0) + c));
      return HighFrequencyEnergy.of(wave)[0];
    }
  }

  @Test
  void aWaveIsOnOneSideOfTheCutoff() {
    assertThat(shareOfWave(7, 0)).isCloseTo(0, within(1e-10)); // 7/32 < 1/4
    assertThat(shareOfWave(9, 0)).isCloseTo(1, within(1e-10));
    assertThat(shareOfWave(0, 9)).isCloseTo(0, within(1e-10)); // 9/40 < 1/4
    assertThat(shareOfWave(0, 11)).isCloseTo(1, within(1e-10));
    assertThat(shareOfWave(16, 0)).isCloseTo(1, within(1e-10));
    assertThat(shareOfWave(5, 8)).isCloseTo(1, within(1e-10)); // hypot(0.156, 0.2) > 1/4
    assertThat(shareOfWave(5, -7)).isCloseTo(0, within(1e-10)); // hypot(0.156, 0.175) < 1/4
  }

  /** Two waves of amplitudes 3 (slow) and 1 (fast): energies 9 and 1. */
  @Test
  void energiesAdd() {
    try (Scope scope = Scope.open()) {
      Tensor both =
          image(
              32,
              32,
              (c, y, x) ->
                  3 * Math.sin(2 * Math.PI * 2 * y / 32) + Math.sin(Math.PI * 12 * x / 16));
      assertThat(HighFrequencyEnergy.of(both)[0]).isCloseTo(0.1, within(1e-6));
    }
  }

  /** Noise fills the square of frequencies evenly: 1 - pi / 16 of it is beyond half of Nyquist. */
  @Test
  void whiteNoiseHasTheAreasShare() {
    Random random = new Random(7);
    try (Scope scope = Scope.open()) {
      Tensor noise = image(256, 256, (c, y, x) -> random.nextGaussian());
      assertThat(HighFrequencyEnergy.of(noise)[0]).isCloseTo(1 - Math.PI / 16, within(0.004));
      assertThat(HighFrequencyEnergy.of(noise, 0.4)[0])
          .isCloseTo(1 - Math.PI * 0.16, within(0.004));
    }
  }

  @Test
  void imagesOfOneColourHaveNoDetailAndImagesAreSeparate() {
    try (Scope scope = Scope.open()) {
      Tensor flat = image(24, 24, (c, y, x) -> 0.1 * c + 0.123);
      Tensor checks = image(24, 24, (c, y, x) -> (x + y) % 2);
      assertThat(HighFrequencyEnergy.of(Tensors.cat(List.of(flat, checks, flat), 0)))
          .containsExactly(0, 1, 0);
    }
  }

  @Test
  void refusals() {
    try (Scope scope = Scope.open()) {
      Tensor images = Tensors.zeros(1, 3, 8, 8);
      assertThatThrownBy(() -> HighFrequencyEnergy.of(images.select(0, 0)))
          .hasMessage("images are NxCxHxW, not 3x8x8");
      assertThatThrownBy(() -> HighFrequencyEnergy.of(images, 0.8)).hasMessageContaining("0.8");
      assertThatThrownBy(() -> HighFrequencyEnergy.of(images, Double.NaN))
          .hasMessageContaining("NaN");
    }
  }
}
