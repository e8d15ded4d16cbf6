package org.tiltlens.attribution;

import org.bytedeco.pytorch.Tensor;
import org.tiltlens.feature.UnitScore;
import org.tiltlens.torch.Tensors;

/** A way to say where in an image a unit's score comes from. */
public interface Attribution {
  /**
   * The heat of each part of an image; the parts tile the image evenly.
   *
   * @param image (1, 3, H, W) in [-1, 1], where the model computes
   * @return (h, w) without a graph, in units of the score unless the method says otherwise; of the
   *     image's or of a hook point's size
   * @throws IllegalArgumentException if that is not one image or the method cannot read it
   */
  Tensor of(UnitScore score, Tensor image);

  /**
   * Returns {@code image} if it is one.
   *
   * @throws IllegalArgumentException if not
   */
  static Tensor requireOne(Tensor image) {
    if (image.dim() != 4 || image.size(0) != 1 || image.size(1) != 3) {
      throw new IllegalArgumentException(
          "an image of shape " + Tensors.describe(image) + ": expected 1x3xHxW");
    }
    return image;
  }
}
