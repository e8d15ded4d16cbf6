package org.tiltlens.vision;

import java.util.List;
import org.bytedeco.pytorch.Tensor;

/** A vision model that sums an image up in one vector, by which images can be compared. */
public interface PooledModel extends VisionModel {
  /**
   * What one pass through the whole network gives of N images.
   *
   * @param activations (N, C, h, w) at each hook point that was asked for, in their order
   * @param vectors (N, C): the normed vector of each image, a transformer's class token, a
   *     convolutional network's averaged last map
   */
  record Summed(List<Tensor> activations, Tensor vectors) {}

  /**
   * The vectors of images, and the activations on the way to them, of the same bits as by {@link
   * #activations}.
   *
   * @param images (N, 3, H, W) in [-1, 1]
   * @param at any number of hook points, in any order
   * @throws IllegalArgumentException if a hook point does not exist or the images have another
   *     shape
   * @throws IllegalStateException if the network was loaded up to a hook point only
   */
  Summed summed(Tensor images, List<HookPoint> at);

  /** The vectors of images alone, (N, C). */
  default Tensor pooled(Tensor images) {
    return summed(images, List.of()).vectors();
  }
}
