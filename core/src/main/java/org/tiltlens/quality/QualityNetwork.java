package org.tiltlens.quality;

import org.bytedeco.pytorch.Tensor;

/** What makes scores of images. */
interface QualityNetwork extends AutoCloseable {
  /** Images (N, 3, H, W) in [-1, 1] -> (N) in [0, 1]. */
  Tensor scores(Tensor images);

  /** One line. */
  String describe();

  @Override
  void close();
}
