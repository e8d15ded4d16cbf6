package org.tiltlens.training;

import org.bytedeco.pytorch.Tensor;
import org.tiltlens.torch.Layers;

/**
 * Random changes of an image that keep what it shows.
 *
 * @param flip mirrors every other image left to right
 * @param shift moves images by up to so many pixels in each direction, repeating the border; 0: not
 *     at all
 */
public record Augmentation(boolean flip, int shift) {
  /** None. */
  public static final Augmentation NONE = new Augmentation(false, 0);

  /** Random numbers that {@link #apply} needs for one image. */
  static final int DRAWS = 3;

  public Augmentation {
    if (shift < 0 || shift > 64) {
      throw new IllegalArgumentException("shift: " + shift + " pixels, must be 0..64");
    }
  }

  /**
   * The changed image.
   *
   * @param image (3, H, W)
   * @param draws uniform numbers in [0, 1); {@link #DRAWS} of them from {@code at} on
   */
  Tensor apply(Tensor image, float[] draws, int at) {
    Tensor result = mirrors(draws, at) ? image.flip(2) : image;
    if (shift == 0) {
      return result;
    }
    Tensor padded = Layers.padByBorder(result, shift);
    return padded
        .narrow(1, offset(draws[at + 1]), image.size(1))
        .narrow(2, offset(draws[at + 2]), image.size(2));
  }

  /** Whether the draws from {@code at} on mirror an image. */
  boolean mirrors(float[] draws, int at) {
    return flip && draws[at] < 0.5;
  }

  private int offset(float draw) {
    return Math.min(2 * shift, (int) (draw * (2 * shift + 1)));
  }
}
