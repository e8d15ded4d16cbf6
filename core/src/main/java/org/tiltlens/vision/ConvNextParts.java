package org.tiltlens.vision;

import org.tiltlens.checkpoint.TensorStore;

/**
 * What the blocks of a ConvNeXt have of that in which ConvNeXts differ: all of them if the first
 * has.
 *
 * @param scaled whether what a block adds is scaled by channel, {@code gamma}
 * @param responding whether there is a global response norm between the two pointwise layers
 *     (ConvNeXt-V2)
 */
record ConvNextParts(boolean scaled, boolean responding) {
  /** As published first, and in DINOv3. */
  static final ConvNextParts USUAL = new ConvNextParts(true, false);

  static ConvNextParts of(TensorStore store, ConvNextNames names) {
    String first = ConvNextShapes.block(0, 0);
    return new ConvNextParts(
        names.has(store, first + "gamma"), names.has(store, first + "grn.gamma"));
  }
}
