package org.tiltlens.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

class FourierTest {
  @Test
  void aCosineIsOneFrequency() {
    try (Scope scope = Scope.open()) {
      float[] pixels = new float[4 * 6];
      for (int i = 0; i < pixels.length; i++) {
        pixels[i] = (float) Math.cos(2 * Math.PI * (i % 6) * 2 / 6);
      }
      Tensor spectrum = Fourier.transform(Tensors.floats(pixels, 1, 4, 6));
      double[] magnitudes = Tensors.toDoubles(spectrum.abs());
      for (int i = 0; i < magnitudes.length; i++) {
        assertThat(magnitudes[i]).isCloseTo(i == 2 ? 12 : 0, within(1e-5));
      }
      assertThat(Tensors.toFloats(Fourier.inverse(spectrum, 4, 6)))
          .containsExactly(pixels, within(1e-6f));
    }
  }

  @Test
  void polarAndPartsAgree() {
    try (Scope scope = Scope.open()) {
      Tensor number =
          Fourier.polar(
              Tensors.floats(new float[] {2}, 1),
              Tensors.floats(new float[] {(float) Math.PI / 6}, 1));
      assertThat(Tensors.toFloats(Fourier.parts(number)))
          .containsExactly(new float[] {(float) Math.sqrt(3), 1}, within(1e-6f));
      assertThat(Tensors.toFloats(Fourier.parts(Fourier.complex(Fourier.parts(number)))))
          .containsExactly(Tensors.toFloats(Fourier.parts(number)));
    }
  }

  @Test
  void frequenciesAreInCyclesPerPixel() {
    double diagonal = Math.hypot(0.25, 0.25);
    assertThat(Fourier.frequencies(4, 4))
        .containsExactly(
            new double[] {
              0,
              0.25,
              0.5,
              0.25,
              diagonal,
              Math.hypot(0.25, 0.5),
              0.5,
              Math.hypot(0.5, 0.25),
              Math.hypot(0.5, 0.5),
              0.25,
              diagonal,
              Math.hypot(0.25, 0.5)
            },
            within(1e-12));
    assertThat(Fourier.frequencies(3, 1))
        .containsExactly(new double[] {0, 1 / 3.0, 1 / 3.0}, within(1e-12));
  }
}
