package org.tiltlens.corpus;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What data sets are packed in that is not read, told by its first bytes.
 *
 * @param start its first bytes, one a character
 * @param what it is, and the way out
 */
record Packed(String start, String what) {
  private static final int LONGEST = 8;

  private static final List<Packed> KINDS =
      List.of(
          unpack("7z\u00BC\u00AF\u0027\u001C", "a 7-Zip archive", "7z x"),
          unpack("Rar!\u001A\u0007", "a RAR archive", "unrar x"),
          unpack("\u00FD7zXZ\0", "packed with xz", "tar xf or xz -dk"),
          unpack("BZh", "packed with bzip2", "tar xf or bzip2 -dk"),
          unpack("(\u00B5/\u00FD", "packed with Zstandard", "tar xf or zstd -dk"),
          unpack("\u0004\"M\u0018", "packed with LZ4", "lz4 -dk"),
          new Packed(
              "ARROW1\0\0",
              "an Arrow file, which is not read: write its images to a folder or as Parquet"
                  + " (to_parquet in Hugging Face's datasets)"),
          new Packed(
              "\u0089HDF\r\n\u001A\n",
              "an HDF5 file, which is not read: write its images to a folder"),
          new Packed(
              "PARE", "an encrypted Parquet file, which is not read: write it without encryption"));

  private static Packed unpack(String start, String what, String command) {
    return new Packed(
        start, what + ", which is not read: unpack it (" + command + ") and give the folder");
  }

  /** What a file is, with the way out; empty if it is none of these. */
  static Optional<String> described(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      String first = new String(in.readNBytes(LONGEST), StandardCharsets.ISO_8859_1);
      return KINDS.stream()
          .filter(each -> first.startsWith(each.start))
          .map(Packed::what)
          .findFirst();
    }
  }
}
