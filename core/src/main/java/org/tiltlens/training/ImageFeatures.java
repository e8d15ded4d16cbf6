package org.tiltlens.training;

import org.bytedeco.pytorch.Tensor;
import org.tiltlens.torch.Layers;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;
import org.tiltlens.vision.PooledModel;

/** The vector of an image in which sets of images are compared. */
public interface ImageFeatures {
  /** What they are, for a report: distances in different features cannot be compared. */
  String describe();

  /**
   * The features of each image; threads may ask at the same time.
   *
   * @param images (N, 3, H, W) in [-1, 1]
   */
  double[][] of(Tensor images);

  /** The image itself, each channel averaged to 8 x 8: 192 numbers that see colours and layout. */
  static ImageFeatures pixels() {
    int side = 8;
    return new ImageFeatures() {
      @Override
      public String describe() {
        return "pixels averaged to %d x %d".formatted(side, side);
      }

      @Override
      public double[][] of(Tensor images) {
        try (Scope scope = Scope.open()) {
          return Tensors.rows(Layers.averageTo(images, side, side).flatten(1, -1));
        }
      }
    };
  }

  /**
   * A vision model's normed, pooled token.
   *
   * @param model stays the caller's
   * @param name what the user calls it
   */
  static ImageFeatures token(PooledModel model, String name) {
    return new ImageFeatures() {
      @Override
      public String describe() {
        return "pooled token of '%s' (%s)".formatted(name, model.describe());
      }

      @Override
      public double[][] of(Tensor images) {
        try (Scope scope = Scope.open()) {
          return Tensors.rows(model.pooled(images));
        }
      }
    };
  }
}
