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
 * A checkpoint file open for reading, piece by piece: nothing of it stays in memory, and a file
 * that shrinks meanwhile ends in a {@link CheckpointException}.
 */
final class OpenFile implements Region, AutoCloseable {
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
    fill(ByteBuffer.wrap(copy), from);
    return copy;
  }

  @Override
  public void read(long from, long count, Consumer<ByteBuffer> sink) {
    require(from, count);
    ByteBuffer piece =
        ByteBuffer.allocateDirect((int) Math.min(PIECE, count)).order(ByteOrder.LITTLE_ENDIAN);
    for (long done = 0; done < count; done += piece.limit()) {
      piece.clear().limit((int) Math.min(PIECE, count - done));
      fill(piece, from + done);
      sink.accept(piece.flip());
    }
  }

  private void fill(ByteBuffer bytes, long from) {
    try {
      while (bytes.hasRemaining()) {
        if (channel.read(bytes, from + bytes.position()) < 0) {
          throw new CheckpointException("became shorter while it was being read");
        }
      }
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
