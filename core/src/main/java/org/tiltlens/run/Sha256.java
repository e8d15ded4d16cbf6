package org.tiltlens.run;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** SHA-256 of files, texts and bytes, as hexadecimal digits. */
public final class Sha256 {
  private static final int BUFFER = 1 << 20;

  private Sha256() {}

  /** The hash of a text's UTF-8 bytes. */
  public static String of(String text) {
    return HexFormat.of().formatHex(bytesOf(text));
  }

  /** The same as bytes. */
  public static byte[] bytesOf(String text) {
    return bytesOf(text.getBytes(StandardCharsets.UTF_8));
  }

  /** The hash of bytes, as bytes. */
  public static byte[] bytesOf(byte... bytes) {
    return digest().digest(bytes);
  }

  /** The hash of a small file. */
  public static String of(Path file) throws IOException {
    return of(file, new Progress.Task() {});
  }

  /**
   * The hash of a file.
   *
   * @param task advanced once per begun MiB
   */
  public static String of(Path file, Progress.Task task) throws IOException {
    MessageDigest digest = digest();
    byte[] buffer = new byte[BUFFER];
    try (InputStream in = Files.newInputStream(file)) {
      for (int read = in.readNBytes(buffer, 0, BUFFER);
          read > 0;
          read = in.readNBytes(buffer, 0, BUFFER)) {
        digest.update(buffer, 0, read);
        task.advance(1);
      }
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  private static MessageDigest digest() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
