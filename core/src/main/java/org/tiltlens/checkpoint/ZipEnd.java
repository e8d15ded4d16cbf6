package org.tiltlens.checkpoint;

import static org.tiltlens.checkpoint.ZipDirectory.bytes;
import static org.tiltlens.checkpoint.ZipDirectory.damaged;
import static org.tiltlens.checkpoint.ZipDirectory.u16;
import static org.tiltlens.checkpoint.ZipDirectory.u32;

import java.nio.ByteBuffer;

/**
 * What the end of a zip file says about its directory.
 *
 * @param start the directory's first byte
 * @param size its bytes
 * @param count how many files it lists
 */
record ZipEnd(long start, long size, long count) {
  private static final int END = 0x06054b50;
  private static final int END_64 = 0x06064b50;
  private static final int LOCATOR_64 = 0x07064b50;

  private static final int END_SIZE = 22;
  private static final int END_64_SIZE = 56;
  private static final int LOCATOR_64_SIZE = 20;

  /**
   * Finds the directory by the end record, which must close the file, and the zip64 record, which
   * must come right before it if there is one.
   */
  static ZipEnd find(OpenFile file) {
    int tail = (int) Math.min(file.size(), END_SIZE + 0xffff);
    ByteBuffer end = bytes(file, file.size() - tail, tail);
    int at = tail - END_SIZE;
    while (at >= 0 && !(end.getInt(at) == END && at + END_SIZE + u16(end, at + 20) == tail)) {
      at--;
    }
    if (at < 0) {
      throw damaged("it has no end-of-directory record (cut short?)");
    }
    long position = file.size() - tail + at;
    ZipEnd extent = new ZipEnd(u32(end, at + 16), u32(end, at + 12), u16(end, at + 10));
    long directoryEnd = position;
    if (at >= LOCATOR_64_SIZE && end.getInt(at - LOCATOR_64_SIZE) == LOCATOR_64) {
      directoryEnd = end.getLong(at - LOCATOR_64_SIZE + 8);
      if (directoryEnd != position - LOCATOR_64_SIZE - END_64_SIZE) {
        throw damaged("its zip64 record is not where it should be");
      }
      extent = zip64(file, directoryEnd, extent);
    }
    if (extent.start() > directoryEnd || extent.start() + extent.size() != directoryEnd) {
      throw damaged("its directory is not where it should be");
    }
    return extent;
  }

  private static ZipEnd zip64(OpenFile file, long position, ZipEnd small) {
    ByteBuffer end = bytes(file, position, END_64_SIZE);
    if (end.getInt(0) != END_64 || end.getLong(4) != END_64_SIZE - 12) {
      throw damaged("its zip64 record is damaged");
    }
    ZipEnd large = new ZipEnd(end.getLong(48), end.getLong(40), end.getLong(32));
    if (contradicts(small.start(), large.start(), 0xffffffffL)
        || contradicts(small.size(), large.size(), 0xffffffffL)
        || contradicts(small.count(), large.count(), 0xffff)) {
      throw damaged("its zip64 record contradicts the plain one");
    }
    if (large.start() < 0 || large.size() < 0 || large.count() < 0) {
      throw damaged("its zip64 record is impossible");
    }
    return large;
  }

  private static boolean contradicts(long small, long large, long unknown) {
    return small != unknown && small != large;
  }
}
