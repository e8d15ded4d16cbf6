package org.tiltlens.unet;

import org.bytedeco.pytorch.Tensor;
import org.tiltlens.torch.Layers;

/** A change of resolution without weights. */
enum Resampling {
  NONE,
  /** Averages 2 x 2 pixels. */
  HALVE,
  /** Repeats every pixel 2 x 2 times. */
  DOUBLE;

  Tensor apply(Tensor x) {
    return switch (this) {
      case NONE -> x;
      case HALVE -> Layers.averagePool2x(x);
      case DOUBLE -> Layers.upsampleNearest2x(x);
    };
  }
}
