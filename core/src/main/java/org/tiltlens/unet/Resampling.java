package org.tiltlens.unet;

import org.bytedeco.pytorch.Tensor;
import org.tiltlens.torch.Layers;
import org.tiltlens.torch.Tensors;

/** A change of resolution without weights. */
enum Resampling {
  NONE,
  /** Averages 2 x 2 pixels. */
  HALVE,
  /** Repeats every pixel 2 x 2 times. */
  DOUBLE;

  /**
   * The same with a filter in place of the average: EDM's, which sums to 1.
   *
   * @param filter (1, 1, k, k); halves and doubles exactly where k is even
   */
  Tensor apply(Tensor x, Tensor filter) {
    int padding = Math.toIntExact((filter.size(3) - 1) / 2);
    return switch (this) {
      case NONE -> x;
      case HALVE -> Layers.filter(x, filter, 2, padding);
      case DOUBLE -> Layers.spreadByFilter(x, Tensors.scale(filter, 4), 2, padding);
    };
  }

  Tensor apply(Tensor x) {
    return switch (this) {
      case NONE -> x;
      case HALVE -> Layers.averagePool2x(x);
      case DOUBLE -> Layers.upsampleNearest2x(x);
    };
  }
}
