package org.tiltlens.page;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;

/**
 * A PNG inside a page.
 *
 * @param uri all of its bytes as a {@code data:} URI
 * @param width in pixels
 * @param height in pixels
 */
public record EmbeddedPng(String uri, int width, int height) {
  private static final long SIGNATURE = 0x89504E470D0A1A0AL;

  /** Where the header that every PNG starts with holds its width; the height follows. */
  private static final int WIDTH_AT = 16;

  private static final int HEADER_BYTES = 24;

  /** Pictures below this side are shown enlarged, every pixel a square. */
  private static final int SMALL_SIDE = 96;

  /**
   * Reads a file.
   *
   * @throws IOException if it cannot be read or is no PNG
   */
  public static EmbeddedPng read(Path file) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    ByteBuffer header = ByteBuffer.wrap(bytes);
    if (bytes.length < HEADER_BYTES || header.getLong(0) != SIGNATURE) {
      throw new IOException("'" + file + "' is no PNG");
    }
    return new EmbeddedPng(
        "data:image/png;base64," + Base64.getEncoder().encodeToString(bytes),
        header.getInt(WIDTH_AT),
        header.getInt(WIDTH_AT + Integer.BYTES));
  }

  /** Whether it is shown enlarged. */
  public boolean isSmall() {
    return width < SMALL_SIDE;
  }
}
