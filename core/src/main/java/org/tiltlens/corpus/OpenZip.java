package org.tiltlens.corpus;

import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;

/**
 * An open zip, with names in whatever encoding.
 *
 * @param zip the zip
 * @param backslash what parts folders in its names beside the slash
 */
record OpenZip(ZipFile zip, Pattern backslash) {
  private static final Pattern ALL = Pattern.compile("\\\\");

  /** In Shift-JIS and Big5 a backslash behind a byte beyond ASCII is half a letter. */
  private static final Pattern BEHIND_ASCII = Pattern.compile("(?<![^\\x00-\\x7F])\\\\");

  /** Names that are not UTF-8 are in it by PKWARE's appnote (4.4.4, bit 11); all bytes have one. */
  private static final Charset OLD_NAMES =
      Charset.isSupported("IBM437") ? Charset.forName("IBM437") : StandardCharsets.ISO_8859_1;

  private static final Pattern METHOD = Pattern.compile("bad compression method: (\\d+)");

  /** PKWARE's appnote, 4.4.5. */
  private static final Map<Integer, String> METHODS =
      Map.of(
          9, "Deflate64",
          12, "bzip2",
          14, "LZMA",
          93, "Zstandard",
          95, "XZ",
          98, "PPMd",
          99, "AES encryption");

  /**
   * Opens a file.
   *
   * @throws IllegalArgumentException if it is damaged, or packed or encrypted in a way that Java
   *     does not read
   */
  static OpenZip open(Path file) throws IOException {
    try {
      return new OpenZip(new ZipFile(file.toFile()), ALL);
    } catch (ZipException e) {
      if (said(e).contains("bad entry name")) {
        return openWithOldNames(file);
      }
      throw refused(file, e);
    } catch (EOFException e) {
      throw endsEarly(file, e);
    }
  }

  private static OpenZip openWithOldNames(Path file) throws IOException {
    try {
      return new OpenZip(new ZipFile(file.toFile(), OLD_NAMES), BEHIND_ASCII);
    } catch (ZipException e) {
      throw refused(file, e);
    } catch (EOFException e) {
      throw endsEarly(file, e);
    }
  }

  private static IllegalArgumentException endsEarly(Path file, EOFException e) {
    return new IllegalArgumentException(
        "'" + file + "' is no intact zip file: its directory ends early", e);
  }

  private static IllegalArgumentException refused(Path file, ZipException e) {
    Matcher method = METHOD.matcher(said(e));
    String what;
    if (method.find()) {
      int number = Integer.parseInt(method.group(1));
      String by = METHODS.getOrDefault(number, "method " + number);
      what =
          "is packed with "
              + by
              + ", which is not read: unpack it and give the folder, or zip it"
              + " with Deflate";
    } else if (said(e).contains("encrypted")) {
      what = "is encrypted: unpack it with its password and give the folder";
    } else {
      what = "is no intact zip file: " + said(e);
    }
    return new IllegalArgumentException("'" + file + "' " + what, e);
  }

  private static String said(ZipException e) {
    return String.valueOf(e.getMessage());
  }
}
