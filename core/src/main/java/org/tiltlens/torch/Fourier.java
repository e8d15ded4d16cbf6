package org.tiltlens.torch;

import org.bytedeco.pytorch.StringViewOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Real images and their spectra over the last two dimensions: (..., H, W) real, (..., H, W/2 + 1)
 * complex.
 *
 * <p>Spectra keep the half of the frequencies that a real image needs, rows in the order 0, 1, ..,
 * -2, -1. The transform is not normalised, its inverse divides by H W.
 */
public final class Fourier {
  static {
    Engine.start();
  }

  private static final long[] IMAGE = {-2, -1};

  private Fourier() {}

  /** The spectrum of real images. */
  public static Tensor transform(Tensor images) {
    return torch.fft_rfft2(
        images, new long[] {images.size(-2), images.size(-1)}, IMAGE, new StringViewOptional());
  }

  /**
   * The real images of spectra.
   *
   * <p>Of the columns 0 and, for even widths, W/2 each frequency's mirror image is a column entry
   * too; where the two are not conjugates, what is not symmetric is lost.
   */
  public static Tensor inverse(Tensor spectra, int height, int width) {
    return torch.fft_irfft2(spectra, new long[] {height, width}, IMAGE, new StringViewOptional());
  }

  /** {@code magnitude exp(i phase)}. */
  public static Tensor polar(Tensor magnitude, Tensor phase) {
    return torch.polar(magnitude, phase);
  }

  /** Complex numbers from their real and imaginary parts: (..., 2) -> (...). */
  public static Tensor complex(Tensor parts) {
    return torch.view_as_complex(parts);
  }

  /** Real and imaginary parts: (...) complex -> (..., 2). */
  public static Tensor parts(Tensor complex) {
    return torch.view_as_real(complex);
  }

  /** {@code sqrt(fx^2 + fy^2)} in cycles per pixel of every entry of a spectrum, row by row. */
  public static double[] frequencies(int height, int width) {
    int columns = width / 2 + 1;
    double[] frequencies = new double[height * columns];
    for (int row = 0; row < height; row++) {
      double fy = (row < (height + 1) / 2 ? row : row - height) / (double) height;
      for (int column = 0; column < columns; column++) {
        frequencies[row * columns + column] = Math.hypot(fy, column / (double) width);
      }
    }
    return frequencies;
  }
}
