package org.tiltlens.vision;

import org.bytedeco.pytorch.Tensor;

/** A vision model that sums an image up in one vector, by which images can be compared. */
public interface PooledModel extends VisionModel {
  /**
   * The normed vector of each image: a transformer's class token, a convolutional network's
   * averaged last map.
   *
   * @param images (N, 3, H, W) in [-1, 1]
   * @return (N, C)
   * @throws IllegalStateException if the network was loaded up to a hook point only
   */
  Tensor pooled(Tensor images);
}
