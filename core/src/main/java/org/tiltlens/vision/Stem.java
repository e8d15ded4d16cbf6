package org.tiltlens.vision;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.checkpoint.TensorStore;

/**
 * The tensor by which a network is found in a checkpoint: the weight of its first convolution.
 *
 * @param prefix what a wrapper put before the network's names ({@code model.}, {@code
 *     teacher.backbone.}); often empty
 * @param name the tensor's name without it
 */
record Stem(String prefix, String name) {

  /**
   * Finds the one network with one of these stems; a teacher wins over its student.
   *
   * @param kind the network's kind, for messages
   * @throws CheckpointException if there are several and not exactly one is a teacher
   */
  static Optional<Stem> find(TensorStore store, String kind, String... names) {
    List<Stem> found =
        store.entries().keySet().stream()
            .flatMap(
                stored ->
                    Arrays.stream(names)
                        .filter(name -> stored.equals(name) || stored.endsWith("." + name))
                        .map(name -> of(stored, name)))
            .toList();
    if (found.size() <= 1) {
      return found.stream().findFirst();
    }
    List<Stem> teachers = found.stream().filter(stem -> stem.prefix.contains("teacher")).toList();
    if (teachers.size() != 1) {
      throw new CheckpointException(
          store.source()
              + " holds several "
              + kind
              + " networks, under "
              + found.stream().map(stem -> "'" + stem.prefix + "'").toList()
              + ": keep one of them");
    }
    return Optional.of(teachers.get(0));
  }

  private static Stem of(String stored, String name) {
    return new Stem(stored.substring(0, stored.length() - name.length()), name);
  }
}
