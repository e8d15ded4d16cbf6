package org.tiltlens.unet;

import java.util.List;
import java.util.Optional;

/**
 * The layers of a network by the names that diffusers has for them: their shapes tell its options.
 */
interface LayerShapes {
  /** Where they are, for messages. */
  String source();

  /** The shape of a layer's weight; empty if there is no layer of that name. */
  Optional<List<Long>> weight(String layer);

  /** Whether there is a layer of that name. */
  default boolean has(String layer) {
    return weight(layer).isPresent();
  }

  /** What comes out of a layer; 0 if it is not there, which whoever loads it is told. */
  default int out(String layer) {
    return size(layer, 0);
  }

  /** What goes into a layer; 0 if it is not there. */
  default int in(String layer) {
    return size(layer, 1);
  }

  /** Side of a convolution's kernel; 1 of any other layer. */
  default int kernel(String layer) {
    return weight(layer).filter(shape -> shape.size() == 4).isPresent() ? size(layer, 3) : 1;
  }

  /** How many layers there are, of names that end in their number. */
  default int count(String prefix, String suffix) {
    int count = 0;
    while (has(prefix + count + suffix)) {
      count++;
    }
    return count;
  }

  /** What no network has will not fit, whatever it is. */
  private int size(String layer, int dimension) {
    return weight(layer)
        .filter(shape -> shape.size() > dimension)
        .map(shape -> (int) Math.min(shape.get(dimension), 1 << 20))
        .orElse(0);
  }
}
