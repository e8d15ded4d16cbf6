package org.tiltlens.vision;

import java.util.List;
import org.bytedeco.pytorch.Tensor;

/**
 * A vision model read at its hook points.
 *
 * <p>Differentiable with respect to the images; its weights never require a gradient. Samples of a
 * batch do not see each other.
 */
public interface VisionModel extends AutoCloseable {
  /**
   * The activations at a hook point; computes no further than it.
   *
   * @param images (N, 3, H, W) in [-1, 1]; the model does its own normalisation
   * @return (N, C, h, w) with C = {@link #channels}
   * @throws IllegalArgumentException if the hook point does not exist or the images have another
   *     shape
   */
  Tensor activations(Tensor images, HookPoint at);

  /**
   * The activations at several hook points, of the same bits as at each alone.
   *
   * @param at any number of them, in any order
   * @return one tensor per hook point, in their order
   */
  default List<Tensor> activations(Tensor images, List<HookPoint> at) {
    return at.stream().map(each -> activations(images, each)).toList();
  }

  /** All hook points, in the order in which they are computed. */
  List<HookPoint> hookPoints();

  /**
   * The number of channels at a hook point.
   *
   * @throws IllegalArgumentException if it does not exist
   */
  int channels(HookPoint at);

  /**
   * Returns {@code at} if this model has it.
   *
   * @throws IllegalArgumentException if not; the message says which blocks there are
   */
  HookPoint require(HookPoint at);

  /**
   * Pixels from one position of the first map to the next: an image moved by a multiple of it is
   * seen as before, only elsewhere. 1 where a model does not know.
   */
  default int stride() {
    return 1;
  }

  /** One line for people and for {@code run.json}. */
  String describe();

  @Override
  void close();
}
