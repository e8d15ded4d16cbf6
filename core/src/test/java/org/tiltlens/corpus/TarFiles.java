package org.tiltlens.corpus;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;

/** A tar made by hand, header by header. */
public final class TarFiles {
  private final ByteArrayOutputStream tar = new ByteArrayOutputStream();

  private static void put(byte[] block, int at, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    System.arraycopy(bytes, 0, block, at, bytes.length);
  }

  /** Adds a file, of type {@code '0'}, or whatever another type says. */
  public TarFiles add(String name, char type, byte[] data) {
    return add(name, type, "", data);
  }

  /** Adds a link, of type {@code '1'} or {@code '2'}. */
  public TarFiles link(String name, char type, String target) {
    return add(name, type, target, new byte[0]);
  }

  private TarFiles add(String name, char type, String target, byte[] data) {
    byte[] header = new byte[512];
    put(header, 0, name);
    put(header, 124, String.format(Locale.ROOT, "%011o", data.length));
    put(header, 148, "        ");
    header[156] = (byte) type;
    put(header, 157, target);
    put(header, 257, "ustar\00000");
    int sum = 0;
    for (byte each : header) {
      sum += each & 0xFF;
    }
    put(header, 148, String.format(Locale.ROOT, "%06o\0", sum));
    tar.writeBytes(header);
    tar.writeBytes(Arrays.copyOf(data, (data.length + 511) / 512 * 512));
    return this;
  }

  /** What was added so far, without an end. */
  public byte[] bytes() {
    return tar.toByteArray();
  }

  /** What was added, with the blocks that end a tar. */
  public byte[] whole() {
    return Arrays.copyOf(bytes(), tar.size() + 1024);
  }
}
