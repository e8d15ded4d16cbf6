package org.tiltlens.corpus;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.BitSet;

/**
 * Which entries of a zip are symbolic links, whose bytes are the names they lead to: Java does not
 * tell.
 *
 * <p>Source: PKWARE's appnote, 4.3.12 and 4.3.16. Of a zip with more entries or bytes than its
 * first format has room for, none are told.
 */
final class ZipLinks {
  private static final int END = 22;
  private static final int END_MAGIC = 0x06054B50;
  private static final int LONGEST_COMMENT = 0xFFFF;
  private static final int MOST_ENTRIES = 0xFFFF;
  private static final int HEADER = 46;
  private static final int HEADER_MAGIC = 0x02014B50;
  private static final int UNIX = 3;
  private static final int FILE_TYPE = 0xF000;
  private static final int LINK = 0xA000;

  /** A directory of as many entries as there may be, with names of usual length. */
  private static final int MOST_BYTES = 64 << 20;

  private ZipLinks() {}

  /** Their places in the zip's directory, from 0. */
  static BitSet of(Path zip) throws IOException {
    try (FileChannel file = FileChannel.open(zip, StandardOpenOption.READ)) {
      ByteBuffer tail = read(file, Math.max(0, file.size() - END - LONGEST_COMMENT), file.size());
      int end = tail.limit() - END;
      while (end >= 0 && tail.getInt(end) != END_MAGIC) {
        end--;
      }
      if (end < 0 || (tail.getShort(end + 10) & 0xFFFF) == MOST_ENTRIES) {
        return new BitSet();
      }
      long size = tail.getInt(end + 12) & 0xFFFFFFFFL;
      long at = file.size() - tail.limit() + end - size;
      return at < 0 || size > MOST_BYTES ? new BitSet() : links(read(file, at, at + size));
    }
  }

  private static BitSet links(ByteBuffer directory) {
    BitSet links = new BitSet();
    int at = 0;
    for (int entry = 0; at + HEADER <= directory.limit(); entry++) {
      if (directory.getInt(at) != HEADER_MAGIC) {
        break;
      }
      boolean unix = directory.get(at + 5) == UNIX;
      links.set(entry, unix && (directory.getInt(at + 38) >>> 16 & FILE_TYPE) == LINK);
      at +=
          HEADER
              + (directory.getShort(at + 28) & 0xFFFF)
              + (directory.getShort(at + 30) & 0xFFFF)
              + (directory.getShort(at + 32) & 0xFFFF);
    }
    return links;
  }

  private static ByteBuffer read(FileChannel file, long from, long to) throws IOException {
    ByteBuffer bytes =
        ByteBuffer.allocate(Math.toIntExact(to - from)).order(ByteOrder.LITTLE_ENDIAN);
    int read = 0;
    while (bytes.hasRemaining() && read >= 0) {
      read = file.read(bytes, from + bytes.position());
    }
    return bytes.flip();
  }
}
