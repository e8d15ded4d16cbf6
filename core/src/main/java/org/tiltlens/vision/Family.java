package org.tiltlens.vision;

import java.util.List;
import java.util.Optional;
import org.tiltlens.checkpoint.TensorStore;

/** A kind of network that is told by the names of its tensors. */
interface Family {
  /**
   * Names of tensors of which each such network has exactly one.
   *
   * <p>Families may share them: which of them it is, {@link #in} decides by the other tensors.
   */
  List<String> landmarks();

  /**
   * The network in a checkpoint, if it is of this kind; never a guess.
   *
   * @param onePart of a checkpoint with several networks the one that is meant
   * @throws org.tiltlens.checkpoint.CheckpointException if it is of this kind and cannot be loaded
   *     as such; one line
   */
  Optional<Recognised> in(TensorStore onePart, Beside beside);
}
