package org.tiltlens.synthesis;

import java.util.Objects;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/**
 * What a {@link MagnitudeSpectrum} is the mean of, added up over some of a corpus' images: sums of
 * different images add up to that of all, but for the last bits of float64.
 *
 * @param size side H of the images, even
 * @param total (3, H, H/2 + 1), row by row
 * @param images how many, at least 1
 */
public record SpectrumSum(int size, double[] total, long images) {
  private static final int DIRECTIONS = 3;

  public SpectrumSum {
    Objects.requireNonNull(total, "total");
    if (size < 2 || size % 2 != 0 || images < 1 || total.length != numbers(size)) {
      throw new IllegalArgumentException(
          "%d sums of %d images of side %d: expected 3 H (H/2 + 1) of some images with an even side"
              .formatted(total.length, images, size));
    }
  }

  /** How many numbers there are for images of a side. */
  public static int numbers(int size) {
    return DIRECTIONS * size * (size / 2 + 1);
  }

  /**
   * Of some images.
   *
   * @param images (n, 3, H, H) in [-1, 1], H even
   */
  public static SpectrumSum of(Tensor images) {
    SpectrumSum sum = null;
    for (long i = 0; i < images.size(0); i++) {
      try (Scope scope = Scope.open()) {
        Tensor magnitudes = MagnitudeSpectrum.magnitudes(images.select(0, i));
        double[] own = Tensors.toDoubles(magnitudes.contiguous().flatten());
        SpectrumSum one = new SpectrumSum((int) images.size(3), own, 1);
        sum = sum == null ? one : sum.plus(one);
      }
    }
    return sum;
  }

  /**
   * Of the images of both.
   *
   * @throws IllegalArgumentException if they are of different sizes
   */
  public SpectrumSum plus(SpectrumSum other) {
    if (other.size != size) {
      throw new IllegalArgumentException(
          "spectra of images of side %d and %d: expected one size".formatted(size, other.size));
    }
    double[] both = total.clone();
    for (int i = 0; i < both.length; i++) {
      both[i] += other.total[i];
    }
    return new SpectrumSum(size, both, images + other.images);
  }

  /** The spectrum itself; the caller closes it. */
  public MagnitudeSpectrum mean() {
    try (Scope scope = Scope.open()) {
      float[] mean = new float[total.length];
      for (int i = 0; i < mean.length; i++) {
        mean[i] = (float) (total[i] * (1.0 / images));
      }
      return MagnitudeSpectrum.owning(Tensors.floats(mean, DIRECTIONS, size, size / 2 + 1), images);
    }
  }
}
