package org.tiltlens.vision;

import java.util.List;
import java.util.Optional;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.torch.Device;

/** A network in a checkpoint, recognised and not loaded yet. */
interface Recognised {
  /** The checkpoint, or the part of it, that it is in. */
  TensorStore store();

  /** One line: the kind and its shape. */
  String describe();

  /** What stands before its tensors' names in the checkpoint. */
  String prefix();

  /**
   * The names of tensors that stand among the network's and are not needed.
   *
   * @throws org.tiltlens.checkpoint.CheckpointException if {@link #open} would refuse the
   *     checkpoint
   */
  List<String> leftOut();

  /**
   * What the user should know where nothing tells what the tensors do not, and the usual may be
   * wrong; one line.
   */
  default Optional<String> doubt() {
    return Optional.empty();
  }

  /** Its blocks, in the order in which they are computed. */
  List<BlockGroup> blocks();

  /** What such networks usually expect of their images, where nothing beside the file says it. */
  Preprocessing preprocessing();

  /**
   * Loads it, or its part up to a hook point.
   *
   * @param normalisation in place of the usual one
   * @throws org.tiltlens.checkpoint.CheckpointException if its tensors do not fit; one line
   * @throws IllegalArgumentException if {@code last} does not exist
   */
  PooledModel open(Device device, Normalisation normalisation, Optional<HookPoint> last);
}
