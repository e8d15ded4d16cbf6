package org.tiltlens.vision;

import java.util.List;

/** A vision network in a checkpoint, recognised and not loaded. */
public final class RecognisedNetwork {
  private final Recognised found;
  private final String description;

  RecognisedNetwork(Recognised found, String description) {
    this.found = found;
    this.description = description;
  }

  /** One line about it. */
  public String describe() {
    return description;
  }

  /**
   * The names of tensors that stand among the network's and are not needed, such as a classifier's
   * head.
   *
   * @throws org.tiltlens.checkpoint.CheckpointException if {@link VisionCheckpoint#open} would
   *     refuse the checkpoint
   */
  public List<String> leftOut() {
    return found.leftOut();
  }

  /** Its blocks, in the order in which they are computed. */
  public List<BlockGroup> blocks() {
    return found.blocks();
  }
}
