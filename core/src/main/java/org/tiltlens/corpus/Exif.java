package org.tiltlens.corpus;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/** How a picture was held when it was taken: the tag "orientation" of Exif 2.3 (4.6.4 A). */
final class Exif {
  /** As it should be seen. */
  static final int UPRIGHT = 1;

  private static final int LAST = 8;
  private static final int ORIENTATION = 0x0112;
  private static final int SHORT = 3;
  private static final int ENTRY_BYTES = 12;

  private static final long PNG_MAGIC = 0x89504E470D0A1A0AL;
  private static final byte[] JPEG_PREFIX = "Exif\0\0".getBytes(StandardCharsets.US_ASCII);

  private Exif() {}

  /** The orientation, 1 to 8; 1 where the file says nothing, or nothing sound. */
  static int orientation(byte[] file) {
    return block(ByteBuffer.wrap(file)).map(Exif::ofTiff).orElse(UPRIGHT);
  }

  private static Optional<ByteBuffer> block(ByteBuffer file) {
    if (file.limit() < 16) {
      return Optional.empty();
    }
    if (JpegSegments.isJpeg(file)) {
      return JpegSegments.first(file, 0xE1, data -> startsWith(data, JPEG_PREFIX))
          .map(data -> from(data, JPEG_PREFIX.length));
    }
    if (file.getLong(0) == PNG_MAGIC) {
      return chunk(file, 8, "eXIf", true);
    }
    if (text(file, 0).equals("RIFF") && text(file, 8).equals("WEBP")) {
      return chunk(file, 12, "EXIF", false)
          .map(data -> startsWith(data, JPEG_PREFIX) ? from(data, JPEG_PREFIX.length) : data);
    }
    return text(file, 0).equals("II*\0") || text(file, 0).equals("MM\0*")
        ? Optional.of(file)
        : Optional.empty();
  }

  private static String text(ByteBuffer file, int at) {
    byte[] four = new byte[4];
    file.get(at, four);
    return new String(four, StandardCharsets.ISO_8859_1);
  }

  private static boolean startsWith(ByteBuffer data, byte[] prefix) {
    byte[] first = new byte[Math.min(prefix.length, data.limit())];
    data.get(0, first);
    return Arrays.equals(first, prefix);
  }

  private static ByteBuffer from(ByteBuffer data, int at) {
    return data.slice(at, data.limit() - at);
  }

  /**
   * A chunk of a PNG (length before type, a checksum behind the data) or a RIFF (length after type,
   * padded to an even length).
   */
  private static Optional<ByteBuffer> chunk(
      ByteBuffer file, int start, String wanted, boolean png) {
    ByteBuffer ordered =
        file.duplicate().order(png ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
    long at = start;
    while (at + 8 <= file.limit()) {
      String type = text(file, (int) at + (png ? 4 : 0));
      long length = ordered.getInt((int) at + (png ? 0 : 4)) & 0xFFFFFFFFL;
      if (at + 8 + length > file.limit()) {
        return Optional.empty();
      }
      if (type.equals(wanted)) {
        return Optional.of(file.slice((int) at + 8, (int) length));
      }
      at += 8 + length + (png ? 4 : length % 2);
    }
    return Optional.empty();
  }

  private static int ofTiff(ByteBuffer block) {
    if (block.limit() < 8) {
      return UPRIGHT;
    }
    boolean little = text(block, 0).equals("II*\0");
    if (!little && !text(block, 0).equals("MM\0*")) {
      return UPRIGHT;
    }
    ByteBuffer tiff =
        block.duplicate().order(little ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
    long directory = tiff.getInt(4) & 0xFFFFFFFFL;
    int entries = number(tiff, directory);
    for (int i = 0; i < entries; i++) {
      long entry = directory + 2 + (long) ENTRY_BYTES * i;
      if (number(tiff, entry) == ORIENTATION && number(tiff, entry + 2) == SHORT) {
        int found = number(tiff, entry + 8);
        return found >= UPRIGHT && found <= LAST ? found : UPRIGHT;
      }
    }
    return UPRIGHT;
  }

  /** Two bytes, zero beyond the end. */
  private static int number(ByteBuffer tiff, long at) {
    return at + 2 <= tiff.limit() ? tiff.getShort((int) at) & 0xFFFF : 0;
  }
}
