package org.tiltlens.checkpoint;

import java.nio.ByteBuffer;
import java.util.function.Consumer;

/** Bytes {@code start .. start + size - 1} of another region, which must have them. */
record Slice(Region of, long start, long size) implements Region {
  @Override
  public void read(long from, long count, Consumer<ByteBuffer> sink) {
    if (from < 0 || count < 0 || from > size - count) {
      throw new CheckpointException(
          "bytes up to " + (from + count) + " of a storage of " + size + " bytes are asked for");
    }
    of.read(start + from, count, sink);
  }
}
