package org.tiltlens.checkpoint;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.Consumer;
import java.util.zip.Inflater;
import java.util.zip.InflaterInputStream;

/**
 * A compressed zip entry, unpacked piece by piece each time it is read. PyTorch never writes these;
 * re-zipped checkpoints have them.
 */
record DeflatedEntry(OpenFile file, String name, long start, long stored, long size)
    implements Region {
  private static final int PIECE = 1 << 16;

  @Override
  public void read(long from, long count, Consumer<ByteBuffer> sink) {
    if (from < 0 || count < 0 || from > size - count) {
      throw new CheckpointException(
          "'" + name + "' unpacks to " + size + " bytes, too few for byte " + (from + count));
    }
    Inflater inflater = new Inflater(true);
    byte[] piece = new byte[PIECE];
    try (InputStream packed = new RangeInput(file::bytes, start, start + stored);
        InputStream unpacked = new InflaterInputStream(packed, inflater, PIECE)) {
      for (long left = from; left > 0; left -= PIECE) {
        fill(unpacked, piece, (int) Math.min(PIECE, left));
      }
      for (long left = count; left > 0; left -= PIECE) {
        int length = (int) Math.min(PIECE, left);
        fill(unpacked, piece, length);
        sink.accept(ByteBuffer.wrap(piece, 0, length).order(ByteOrder.LITTLE_ENDIAN));
      }
    } catch (IOException e) {
      throw new CheckpointException(
          "'%s' cannot be unpacked: %s".formatted(name, e.getMessage()), e);
    } finally {
      inflater.end();
    }
  }

  private static void fill(InputStream unpacked, byte[] piece, int length) throws IOException {
    if (unpacked.readNBytes(piece, 0, length) < length) {
      throw new IOException("it unpacks to less than it claims");
    }
  }
}
