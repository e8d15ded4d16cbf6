package org.tiltlens.checkpoint;

import java.util.Arrays;
import java.util.List;

/** What a checkpoint may say about shapes. */
final class Shapes {
  /** More dimensions than any network has. */
  static final int MAX_DIMENSIONS = 16;

  private Shapes() {}

  /** The number of elements, checked: no negative dimension, no overflow, even in bytes. */
  static long elements(String name, List<Long> shape) {
    if (shape.size() > MAX_DIMENSIONS) {
      throw new CheckpointException(
          "tensor '%s' has %d dimensions, at most %d are read"
              .formatted(name, shape.size(), MAX_DIMENSIONS));
    }
    long volume = 1;
    boolean empty = false;
    for (long size : shape) {
      if (size < 0) {
        throw new CheckpointException("tensor '" + name + "' has a negative size: " + shape);
      }
      empty |= size == 0;
      // The sizes beside a zero are multiplied too: the engine computes strides from them.
      if (size > 0 && volume > (Long.MAX_VALUE >> 4) / size) {
        throw new CheckpointException("tensor '" + name + "' is too large: " + shape);
      }
      volume *= Math.max(1, size);
    }
    return empty ? 0 : volume;
  }

  static long[] array(List<Long> shape) {
    return shape.stream().mapToLong(Long::longValue).toArray();
  }

  static List<Long> list(long... shape) {
    return Arrays.stream(shape).boxed().toList();
  }
}
