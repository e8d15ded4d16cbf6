package org.tiltlens.corpus;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Set;

/** The chunks of a PNG (ISO/IEC 15948, 5.3). */
final class PngChunks {
  private static final byte[] SIGNATURE = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};

  /** tEXt, zTXt and iTXt: the latter two unfold to any size, and readers do so unasked. */
  private static final Set<Integer> TEXT = Set.of(0x74455874, 0x7A545874, 0x69545874);

  /** Length, type and check sum of a chunk. */
  private static final int AROUND = 12;

  private PngChunks() {}

  /** A file without the texts that it carries; any other file as it is. */
  static byte[] withoutText(byte[] file) {
    if (file.length < SIGNATURE.length
        || !Arrays.equals(file, 0, SIGNATURE.length, SIGNATURE, 0, SIGNATURE.length)) {
      return file;
    }
    ByteBuffer in = ByteBuffer.wrap(file);
    byte[] kept = new byte[file.length];
    System.arraycopy(SIGNATURE, 0, kept, 0, SIGNATURE.length);
    int at = SIGNATURE.length;
    int to = at;
    while (at + AROUND <= file.length) {
      long length = in.getInt(at) & 0xFFFFFFFFL;
      if (length > file.length - at - AROUND) {
        break; // damaged, which is the reader's to say
      }
      int size = AROUND + (int) length;
      if (!TEXT.contains(in.getInt(at + 4))) {
        System.arraycopy(file, at, kept, to, size);
        to += size;
      }
      at += size;
    }
    System.arraycopy(file, at, kept, to, file.length - at);
    return to == at ? file : Arrays.copyOf(kept, to + file.length - at);
  }
}
