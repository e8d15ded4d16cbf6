package org.tiltlens.corpus;

import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.function.Predicate;

/** The segments before a JPEG's pixels (ITU T.81, B.1.1). */
final class JpegSegments {
  private static final int START = 0xFFD8;
  private static final int SCAN = 0xDA;

  private JpegSegments() {}

  static boolean isJpeg(ByteBuffer file) {
    return file.limit() >= 4 && (file.getShort(0) & 0xFFFF) == START;
  }

  /** Whether its pixels come row by row, so that few of them need be in memory. */
  static boolean isSequential(ByteBuffer file) {
    return isJpeg(file)
        && (first(file, 0xC0, data -> true).isPresent()
            || first(file, 0xC1, data -> true).isPresent());
  }

  /** What the first segment of a kind holds that is as wanted. */
  static Optional<ByteBuffer> first(ByteBuffer file, int kind, Predicate<ByteBuffer> wanted) {
    int at = 2;
    while (at + 4 <= file.limit() && (file.get(at) & 0xFF) == 0xFF) {
      int marker = file.get(at + 1) & 0xFF;
      if (marker == 0xFF) {
        at++;
        continue;
      }
      int length = file.getShort(at + 2) & 0xFFFF;
      if (marker == SCAN || length < 2 || at + 2 + length > file.limit()) {
        return Optional.empty();
      }
      ByteBuffer data = file.slice(at + 4, length - 2);
      if (marker == kind && wanted.test(data)) {
        return Optional.of(data);
      }
      at += 2 + length;
    }
    return Optional.empty();
  }
}
