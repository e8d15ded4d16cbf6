package org.tiltlens.synthesis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.tiltlens.golden.Goldens.assertClose;

import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.tiltlens.torch.Fourier;
import org.tiltlens.torch.Noise;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

class FourierAscentTest {
  private static final int SIZE = 8;
  private static final FourierAscent ASCENT =
      new FourierAscent(images -> Tensors.mean(images, 1, 2, 3), SIZE, 4);

  private Scope scope;

  @BeforeEach
  void open() {
    scope = Scope.open();
  }

  @AfterEach
  void close() {
    scope.close();
  }

  /** Columns 0 and W/2 hold mirror images of each other, whose common part alone is kept. */
  private static Tensor inner(Tensor spectrum) {
    return Fourier.parts(spectrum).narrow(3, 1, SIZE / 2 - 1);
  }

  @Test
  void coefficientsAreTheSpectrumOfTheColourDirections() {
    Tensor coefficients = Noise.normal(7, 0, 0, 1, 3, SIZE, SIZE / 2 + 1, 2);
    Tensor spectrum = Fourier.transform(ASCENT.directions(coefficients));
    Tensor claimed = Fourier.complex(coefficients.mul(ASCENT.damping()));
    assertClose(inner(spectrum), inner(claimed), 1e-5, "spectrum");
  }

  /** Orthonormal, divided by its frequency 1/8 and by Lucid's 4: 2 / 8 x 8 / 4 = 1/2. */
  @Test
  void oneCoefficientIsACosineOfKnownHeight() {
    float[] coefficients = new float[3 * SIZE * (SIZE / 2 + 1) * 2];
    coefficients[2] = 1;
    Tensor directions =
        ASCENT.directions(Tensors.floats(coefficients, 1, 3, SIZE, SIZE / 2 + 1, 2));
    float[] pixels = Tensors.toFloats(directions);
    for (int i = 0; i < pixels.length; i++) {
      double expected = i < SIZE * SIZE ? 0.5 * Math.cos(2 * Math.PI * (i % SIZE) / SIZE) : 0;
      assertThat(pixels[i]).isCloseTo((float) expected, within(1e-6f));
    }
  }

  /** Horama writes the normalised matrix out. */
  @Test
  void coloursAreThoseOfHoramasMatrix() {
    double[][] matrix = {
      {0.56282854, 0.58447580, 0.58447580},
      {0.19482528, 0.00000000, -0.19482528},
      {0.04329450, -0.10823626, 0.06494176}
    };
    for (int direction = 0; direction < 3; direction++) {
      float[] one = new float[3];
      one[direction] = 1;
      double[] colours =
          Tensors.toDoubles(ColourCorrelation.toColours(Tensors.floats(one, 1, 3, 1, 1)));
      assertThat(colours).containsExactly(matrix[direction], within(1e-6));
    }
    Tensor image = Noise.normal(1, 0, 0, 2, 3, 4, 5);
    assertClose(
        ColourCorrelation.toColours(ColourCorrelation.toDirections(image)), image, 1e-5, "there");
  }
}
