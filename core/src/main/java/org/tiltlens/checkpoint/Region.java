package org.tiltlens.checkpoint;

import java.nio.ByteBuffer;
import java.util.function.Consumer;

/** A run of bytes somewhere in a checkpoint, read in order and in pieces. */
interface Region {
  /** How many bytes there are. */
  long size();

  /**
   * Hands bytes {@code from .. from + count - 1} to {@code sink}, in order, in little-endian
   * buffers whose lengths are multiples of 8 except for the last.
   *
   * @throws CheckpointException if the bytes are no longer there or cannot be read
   */
  void read(long from, long count, Consumer<ByteBuffer> sink);
}
