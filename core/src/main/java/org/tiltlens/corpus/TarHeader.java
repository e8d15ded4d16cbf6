package org.tiltlens.corpus;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/**
 * A file's header in a {@code .tar} (POSIX.1-1988 "ustar", and GNU's for large files).
 *
 * @param name the file's name
 * @param type what the file is, by one letter
 * @param target of a link, the name that it leads to
 * @param size length of what follows, in bytes
 */
record TarHeader(String name, char type, String target, long size) {
  /** Length of a header, and what files are padded to. */
  static final int BLOCK = 512;

  private static final int CHECKSUM = 148;
  private static final int MAGIC = 257;

  /** The header in a block; empty if there is none, as at a tar's end. */
  static Optional<TarHeader> of(byte[] block) {
    if (block.length < BLOCK
        || !text(block, MAGIC, 5).equals("ustar")
        || number(block, CHECKSUM, 8) != checksum(block)) {
      return Optional.empty();
    }
    boolean gnu = text(block, MAGIC, 8).startsWith("ustar ");
    String prefix = gnu ? "" : text(block, 345, 155);
    String name = text(block, 0, 100);
    return Optional.of(
        new TarHeader(
            prefix.isEmpty() ? name : prefix + "/" + name,
            (char) block[156],
            text(block, 157, 100),
            number(block, 124, 12)));
  }

  /** Whether it is a plain file; {@code 7} is one that lies in one piece on disk. */
  boolean isFile() {
    return type == '0' || type == 0 || type == '7';
  }

  /** Whether it is another name of an earlier file. */
  boolean isHardLink() {
    return type == '1';
  }

  boolean isSymbolicLink() {
    return type == '2';
  }

  /** Whether it is a device, a pipe or a file with holes: no folder, and nothing about a file. */
  boolean isSpecial() {
    return "346S".indexOf(type) >= 0;
  }

  private static long checksum(byte[] block) {
    long sum = 0;
    for (int i = 0; i < BLOCK; i++) {
      sum += i >= CHECKSUM && i < CHECKSUM + 8 ? ' ' : block[i] & 0xFF;
    }
    return sum;
  }

  private static String text(byte[] block, int at, int length) {
    int end = at;
    while (end < at + length && block[end] != 0) {
      end++;
    }
    return new String(Arrays.copyOfRange(block, at, end), StandardCharsets.UTF_8);
  }

  /** Octal digits, or GNU's big-endian bytes behind 0x80; -1 if it is neither. */
  private static long number(byte[] block, int at, int length) {
    if ((block[at] & 0xFF) == 0x80) {
      long value = 0;
      for (int i = at + length - 8; i < at + length; i++) {
        value = value << 8 | block[i] & 0xFF;
      }
      return value;
    }
    String digits = text(block, at, length).strip();
    return digits.matches("[0-7]{1,12}") ? Long.parseLong(digits, 8) : -1;
  }
}
