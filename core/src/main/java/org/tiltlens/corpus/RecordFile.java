package org.tiltlens.corpus;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/**
 * A file of records of equal length, read at random.
 *
 * <p>A {@code .gz} cannot be: it is unpacked to a temporary file, which goes when this is closed.
 */
final class RecordFile implements Closeable {
  /** What a {@code .gz} may unpack to; ImageNet at 64 x 64 pixels has 16 GB. */
  private static final long MAX_UNPACKED = 32L << 30;

  private static final int GZIP_MAGIC = 0x1F8B;

  private final Path path;
  private final FileChannel channel;

  private RecordFile(Path path, FileChannel channel) {
    this.path = path;
    this.channel = channel;
  }

  static RecordFile open(Path path) throws IOException {
    if (!isGzip(path)) {
      return new RecordFile(path, FileChannel.open(path, StandardOpenOption.READ));
    }
    Path unpacked = Files.createTempFile("tiltlens-", ".unpacked");
    try {
      unpack(path, unpacked);
      return new RecordFile(
          path,
          FileChannel.open(unpacked, StandardOpenOption.READ, StandardOpenOption.DELETE_ON_CLOSE));
    } catch (IOException | RuntimeException e) {
      Files.deleteIfExists(unpacked);
      throw e;
    }
  }

  /** The first {@code count} bytes, unpacked; fewer if there are no more. */
  static byte[] start(Path path, int count) throws IOException {
    if (!isGzip(path)) {
      try (InputStream in = Files.newInputStream(path)) {
        return in.readNBytes(count);
      }
    }
    try (InputStream in = new GZIPInputStream(Files.newInputStream(path))) {
      return in.readNBytes(count);
    } catch (EOFException e) {
      throw truncated(path, e);
    } catch (ZipException e) {
      throw damaged(path, e);
    }
  }

  private static boolean isGzip(Path path) throws IOException {
    try (InputStream in = Files.newInputStream(path)) {
      return (in.read() << 8 | in.read()) == GZIP_MAGIC;
    }
  }

  private static void unpack(Path path, Path target) throws IOException {
    byte[] buffer = new byte[1 << 16];
    long total = 0;
    try (InputStream in = new GZIPInputStream(Files.newInputStream(path), buffer.length);
        OutputStream out = Files.newOutputStream(target)) {
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        total += read;
        if (total > MAX_UNPACKED) {
          throw new IllegalArgumentException(
              "'" + path + "' unpacks to more than " + (MAX_UNPACKED >> 30) + " GB");
        }
        out.write(buffer, 0, read);
      }
    } catch (EOFException e) {
      throw truncated(path, e);
    } catch (ZipException e) {
      throw damaged(path, e);
    }
  }

  private static IllegalArgumentException truncated(Path path, EOFException e) {
    return new IllegalArgumentException("'" + path + "' is truncated", e);
  }

  private static IllegalArgumentException damaged(Path path, ZipException e) {
    return new IllegalArgumentException("'" + path + "' is damaged: " + e.getMessage(), e);
  }

  /** The file as the user named it. */
  Path path() {
    return path;
  }

  /** Length in bytes, unpacked. */
  long length() throws IOException {
    return channel.size();
  }

  /** Bytes {@code from .. from + count - 1}. */
  byte[] read(long from, int count) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(count);
    while (bytes.hasRemaining()) {
      if (channel.read(bytes, from + bytes.position()) < 0) {
        throw new EOFException("'" + path + "' became shorter while it was read");
      }
    }
    return bytes.array();
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
