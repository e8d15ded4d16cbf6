package org.tiltlens.checkpoint;

import java.util.Arrays;
import java.util.Optional;

/**
 * The tensor by which a network is found in a checkpoint: the weight of its first convolution.
 *
 * @param prefix what a wrapper put before the network's names ({@code model.}, {@code
 *     teacher.backbone.}); often empty
 * @param name the tensor's name without it
 */
public record Stem(String prefix, String name) {

  /**
   * Finds the one network with one of these stems; see {@link Parts#usual}.
   *
   * @param kind the network's kind, for messages
   * @throws org.tiltlens.checkpoint.CheckpointException if there are several and none is usual
   */
  public static Optional<Stem> find(TensorStore store, String kind, String... names) {
    Parts parts = Parts.of(store, names);
    if (parts.prefixes().isEmpty()) {
      return Optional.empty();
    }
    String prefix = parts.usual(kind + " networks", Parts.OF_VISION);
    return Arrays.stream(names)
        .filter(name -> store.entries().containsKey(prefix + name))
        .findFirst()
        .map(name -> new Stem(prefix, name));
  }
}
