package org.tiltlens.checkpoint;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.function.Consumer;

/**
 * A checkpoint file open for reading: headers through plain reads, tensors through memory maps.
 *
 * <p>Maps never leave this class except to be copied from at once. If the file shrinks meanwhile,
 * the JVM turns the page fault of such a bulk copy into an {@link InternalError}, which becomes a
 * {@link CheckpointException} here.
 */
final class OpenFile implements Region, AutoCloseable {
  /** A map is limited to 2 GiB; smaller windows keep the resident set small. */
  private static final long WINDOW = 256L << 20;

  private static final int PIECE = 1 << 20;

  private final Path path;
  private final FileChannel channel;
  private final long size;

  OpenFile(Path path) {
    this.path = path;
    if (!Files.isRegularFile(path)) {
      throw new CheckpointException(
          Files.exists(path)
              ? "'" + path + "' is not a regular file"
              : "checkpoint '" + path + "' does not exist");
    }
    FileChannel opened = null;
    try {
      opened = FileChannel.open(path, StandardOpenOption.READ);
      size = opened.size();
    } catch (IOException e) {
      closeQuietly(opened);
      throw unreadable(e).in(path.toString());
    }
    channel = opened;
  }

  /** The whole of a small file. */
  static byte[] readSmall(Path path, int limit) {
    try (OpenFile file = new OpenFile(path)) {
      if (file.size() > limit) {
        throw new CheckpointException(
            path + ": has " + file.size() + " bytes, at most " + limit + " are read");
      }
      return file.bytes(0, (int) file.size());
    }
  }

  Path path() {
    return path;
  }

  @Override
  public long size() {
    return size;
  }

  /** A few bytes, copied. */
  byte[] bytes(long from, int count) {
    require(from, count);
    byte[] copy = new byte[count];
    ByteBuffer bytes = ByteBuffer.wrap(copy);
    try {
      while (bytes.hasRemaining()) {
        if (channel.read(bytes, from + bytes.position()) < 0) {
          throw shrunk();
        }
      }
    } catch (IOException e) {
      throw unreadable(e);
    }
    return copy;
  }

  @Override
  public void read(long from, long count, Consumer<ByteBuffer> sink) {
    require(from, count);
    for (long done = 0; done < count; done += WINDOW) {
      ByteBuffer window = map(from + done, Math.min(WINDOW, count - done));
      for (int at = 0; at < window.capacity(); at += PIECE) {
        int length = Math.min(PIECE, window.capacity() - at);
        try {
          sink.accept(window.slice(at, length).order(ByteOrder.LITTLE_ENDIAN));
        } catch (InternalError e) {
          throw new CheckpointException(shrunk().getMessage(), e);
        }
      }
    }
  }

  private ByteBuffer map(long from, long count) {
    try {
      // Mapping beyond the end would make a read-only file "grow" or fault; look first.
      if (channel.size() < from + count) {
        throw shrunk();
      }
      return channel.map(FileChannel.MapMode.READ_ONLY, from, count);
    } catch (IOException e) {
      throw unreadable(e);
    }
  }

  private void require(long from, long count) {
    if (from < 0 || count < 0 || from > size - count) {
      throw new CheckpointException(
          "cut short: needs bytes up to " + (from + count) + " of " + size);
    }
  }

  private static CheckpointException shrunk() {
    return new CheckpointException("became shorter while it was being read");
  }

  private static CheckpointException unreadable(IOException e) {
    return new CheckpointException("cannot be read: " + e.getMessage(), e);
  }

  @Override
  public void close() {
    closeQuietly(channel);
  }

  private static void closeQuietly(FileChannel channel) {
    try {
      if (channel != null) {
        channel.close();
      }
    } catch (IOException e) {
      // Only reading was done: nothing can be lost.
    }
  }
}
