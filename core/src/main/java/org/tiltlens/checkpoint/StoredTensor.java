package org.tiltlens.checkpoint;

import java.util.List;

/**
 * A PyTorch tensor as pickled: a strided window into a storage.
 *
 * @param storage the storage's key
 * @param storageElements how many elements of {@code dtype} the storage has
 * @param dtype the element type
 * @param offset the first element's index in the storage
 * @param size the shape
 * @param stride elements between neighbours along each dimension
 */
record StoredTensor(
    String storage,
    long storageElements,
    DType dtype,
    long offset,
    List<Long> size,
    List<Long> stride) {
  /** A tensor may repeat elements (stride 0) up to this many; beyond, it is an attack. */
  private static final long MAX_REPEATED = 1 << 20;

  StoredTensor {
    size = List.copyOf(size);
    stride = List.copyOf(stride);
    String what = "over storage " + storage;
    long elements = Shapes.elements(what, size);
    if (stride.size() != size.size()
        || offset < 0
        || stride.stream().anyMatch(s -> s < 0)
        || elements > Math.max(storageElements, MAX_REPEATED)
        || (elements > 0 && offset >= storageElements - reach(size, stride, storageElements))) {
      throw new CheckpointException(
          "tensor %s lies outside its %d elements: offset %d, size %s, stride %s"
              .formatted(what, storageElements, offset, size, stride));
    }
  }

  /** Elements from the first to the last of a window; {@code limit} if there are more. */
  private static long reach(List<Long> size, List<Long> stride, long limit) {
    long reach = 0;
    for (int i = 0; i < size.size(); i++) {
      long steps = size.get(i) - 1;
      if (steps > 0 && stride.get(i) > (limit - reach) / steps) {
        return limit;
      }
      reach += steps * stride.get(i);
    }
    return Math.min(reach, limit);
  }

  /** How many consecutive elements hold {@code rows}, which must not be empty. */
  long span(List<Long> rows) {
    return reach(rows, stride, storageElements) + 1;
  }

  boolean contiguous(List<Long> rows) {
    long step = 1;
    for (int i = rows.size() - 1; i >= 0; i--) {
      if (rows.get(i) != 1 && stride.get(i) != step) {
        return false;
      }
      step *= rows.get(i);
    }
    return true;
  }
}
