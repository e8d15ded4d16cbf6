package org.tiltlens.torch;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** How an image's energy is spread over spatial frequencies. */
public final class PowerSpectrum {
  static {
    Engine.start();
  }

  private PowerSpectrum() {}

  /**
   * {@code |F|^2} with F the discrete Fourier transform over the last two dimensions, not
   * normalised.
   *
   * @param images (..., H, W), real
   * @return (..., H, W); row i and column j belong to {@link #frequency}{@code (i, H)} and {@code
   *     (j, W)}
   */
  public static Tensor of(Tensor images) {
    return torch.fft_fft2(images).abs().square();
  }

  /** The frequency of row or column {@code index} of {@code size}, in [-0.5, 0.5) cycles/pixel. */
  public static double frequency(int index, int size) {
    return (double) (2 * index < size ? index : index - size) / size;
  }
}
