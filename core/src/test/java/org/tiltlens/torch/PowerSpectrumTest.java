package org.tiltlens.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

class PowerSpectrumTest {
  /** 2 cos with 3 periods down 8 x 5 pixels: (8 * 5)^2 at both of its frequencies. */
  @Test
  void aWaveHasTwoPeaks() {
    try (Scope scope = Scope.open()) {
      double[] wave =
          IntStream.range(0, 40)
              .mapToDouble(i -> 2 * Math.cos(2 * Math.PI * 3 * (i / 5) / 8))
              .toArray();
      double[] power = Tensors.toDoubles(PowerSpectrum.of(Tensors.doubles(wave, 8, 5)));
      for (int i = 0; i < power.length; i++) {
        boolean peak = i == 3 * 5 || i == 5 * 5;
        assertThat(power[i]).isCloseTo(peak ? 1600 : 0, within(1e-9));
      }
    }
  }

  /** Parseval: the energies' sum is the pixels' times their number. */
  @Test
  void energyIsKept() {
    try (Scope scope = Scope.open()) {
      Tensor noise = Tensors.float64(Noise.normal(1, 2, 3, 2, 6, 7));
      double energy = noise.square().sum().item_double();
      assertThat(PowerSpectrum.of(noise).sum().item_double())
          .isCloseTo(42 * energy, within(1e-9 * 42 * energy));
    }
  }

  @Test
  void frequenciesOfEvenAndOddSizes() {
    assertThat(IntStream.range(0, 4).mapToDouble(i -> PowerSpectrum.frequency(i, 4)))
        .containsExactly(0.0, 0.25, -0.5, -0.25);
    assertThat(IntStream.range(0, 5).mapToDouble(i -> PowerSpectrum.frequency(i, 5)))
        .containsExactly(0.0, 0.2, 0.4, -0.4, -0.2);
  }
}
