package org.tiltlens.checkpoint;

import java.io.InputStream;
import java.util.Arrays;

/** A buffered stream over part of a file that knows where it is and how much is left. */
final class RangeInput extends InputStream {
  private static final int BUFFER = 1 << 16;

  /** Anything that copies bytes out by position. */
  interface Source {
    byte[] bytes(long from, int count);
  }

  private final Source source;
  private final long end;
  private long next;
  private byte[] buffer = {};
  private int at;

  RangeInput(Source source, long start, long end) {
    this.source = source;
    this.next = start;
    this.end = end;
  }

  RangeInput(byte[] bytes) {
    this(
        (from, count) -> Arrays.copyOfRange(bytes, (int) from, (int) from + count),
        0,
        bytes.length);
  }

  long position() {
    return next - (buffer.length - at);
  }

  long remaining() {
    return end - position();
  }

  @Override
  public int read() {
    return refill() ? buffer[at++] & 0xff : -1;
  }

  @Override
  public int read(byte[] target, int offset, int length) {
    if (length == 0) {
      return 0;
    }
    if (!refill()) {
      return -1;
    }
    int count = Math.min(length, buffer.length - at);
    System.arraycopy(buffer, at, target, offset, count);
    at += count;
    return count;
  }

  private boolean refill() {
    if (at == buffer.length && next < end) {
      buffer = source.bytes(next, (int) Math.min(BUFFER, end - next));
      next += buffer.length;
      at = 0;
    }
    return at < buffer.length;
  }
}
