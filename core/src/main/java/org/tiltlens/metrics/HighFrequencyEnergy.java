package org.tiltlens.metrics;

import static org.tiltlens.torch.Tensors.float64;
import static org.tiltlens.torch.Tensors.sum;
import static org.tiltlens.torch.Tensors.toDoubles;

import org.bytedeco.pytorch.Tensor;
import org.tiltlens.torch.PowerSpectrum;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/**
 * The share of an image's energy in fine detail, where images drawn against a model's gradient
 * collect noise that natural images lack.
 *
 * <pre>
 *   sum_{|f| > cutoff} |F(f)|^2 / sum_{f != 0} |F(f)|^2      |f| = hypot(f_y, f_x) cycles per pixel
 * </pre>
 *
 * <p>F is the discrete Fourier transform, energies are summed over the colours, and the mean colour
 * (f = 0) counts in neither sum. Natural images have spectra that fall as {@code |f|^-2} (Field
 * 1987), so the share itself depends on the images' size and on how they were made: divide it by
 * the mean share of the corpus. An image counts as one period of a pattern; its jump from edge to
 * edge adds high frequencies, in the corpus as well.
 */
public final class HighFrequencyEnergy {
  /** Half of the Nyquist frequency. */
  public static final double CUTOFF = 0.25;

  /** A variance that only rounding leaves: one grey level in one pixel of 4096 x 4096 is above. */
  private static final double NOTHING = 1e-20;

  private HighFrequencyEnergy() {}

  /** The share above half of the Nyquist frequency. */
  public static double[] of(Tensor images) {
    return of(images, CUTOFF);
  }

  /**
   * The share above {@code cutoff} of each image.
   *
   * @param images (N, C, H, W)
   * @param cutoff radial frequency in cycles per pixel, in (0, sqrt(0.5)); 0.5 is the Nyquist
   *     frequency along an axis
   * @return N numbers in [0, 1]; 0 for an image of one colour
   * @throws IllegalArgumentException if the images have another shape or the cutoff is out of range
   */
  public static double[] of(Tensor images, double cutoff) {
    if (images.dim() != 4) {
      throw new IllegalArgumentException("images are NxCxHxW, not " + Tensors.describe(images));
    }
    if (!(cutoff > 0 && cutoff < Math.sqrt(0.5))) {
      throw new IllegalArgumentException(
          "cutoff " + cutoff + " cycles per pixel, must be between 0 and 0.707");
    }
    try (Scope scope = Scope.open()) {
      int height = (int) images.size(2);
      int width = (int) images.size(3);
      Tensor power = sum(PowerSpectrum.of(float64(images)), 1); // (N, H, W)
      double[] all = toDoubles(sum(power.mul(mask(height, width, 0).to(power)), 1, 2));
      double[] high = toDoubles(sum(power.mul(mask(height, width, cutoff).to(power)), 1, 2));
      double nothing = NOTHING * Math.pow(height * width, 2);
      for (int i = 0; i < all.length; i++) {
        high[i] = all[i] > nothing ? high[i] / all[i] : 0;
      }
      return high;
    }
  }

  /** (H, W): 1 at frequencies above the cutoff, 0 at others. */
  private static Tensor mask(int height, int width, double cutoff) {
    double[] mask = new double[height * width];
    for (int i = 0; i < mask.length; i++) {
      double y = PowerSpectrum.frequency(i / width, height);
      double x = PowerSpectrum.frequency(i % width, width);
      mask[i] = Math.hypot(y, x) > cutoff ? 1 : 0;
    }
    return Tensors.doubles(mask, height, width);
  }
}
