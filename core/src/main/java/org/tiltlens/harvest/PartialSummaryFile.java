package org.tiltlens.harvest;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.zip.CRC32C;
import java.util.zip.CheckedInputStream;
import java.util.zip.CheckedOutputStream;
import org.tiltlens.run.WholeFile;

/**
 * A {@link PartialSummary} as bytes: the shape, the images, a row for each feature and a checksum
 * of all that. What ascends stands as differences, whole numbers by seven bits a byte.
 */
public final class PartialSummaryFile {
  /** {@code TLPS} and the version of the form. */
  private static final long MAGIC = 0x544C5053_00000001L;

  /** More would be no dictionary, and no corpus. */
  private static final int MOST_FEATURES = 1 << 24;

  private static final int MOST_IMAGES = 1 << 30;

  private PartialSummaryFile() {}

  /** Writes a file, whole or not at all. */
  public static void write(Path file, PartialSummary part) throws IOException {
    WholeFile.write(file, out -> write(out, part));
  }

  /** Writes to a stream, which stays open. */
  public static void write(OutputStream stream, PartialSummary part) throws IOException {
    CheckedOutputStream checked =
        new CheckedOutputStream(new BufferedOutputStream(stream), new CRC32C());
    DataOutputStream out = new DataOutputStream(checked);
    PartialSummary.Shape shape = part.shape();
    out.writeLong(MAGIC);
    out.writeInt(shape.features());
    out.writeInt(shape.mapHeight());
    out.writeInt(shape.mapWidth());
    out.writeInt(shape.topImages());
    out.writeBoolean(shape.exact());
    writeAscending(out, part.images().stream().toArray());
    for (int k = 0; k < shape.features(); k++) {
      Optional<PartialSummary.Row> row = part.row(k);
      out.writeBoolean(row.isPresent());
      if (row.isPresent()) {
        write(out, row.get());
      }
    }
    out.writeLong(checked.getChecksum().getValue());
    out.flush();
  }

  private static void write(DataOutputStream out, PartialSummary.Row row) throws IOException {
    ScoreBins bins = row.scores();
    writeAscending(out, bins.bins());
    for (int i = 0; i < bins.counts().length; i++) {
      writeNumber(out, bins.counts()[i]);
      if (bins.dropped() > 0) {
        writeNumber(out, bins.rests()[i]);
      }
    }
    TopScores top = row.top();
    writeNumber(out, top.scores().length);
    for (int i = 0; i < top.scores().length; i++) {
      out.writeFloat(top.scores()[i]);
      writeNumber(out, top.images()[i]);
      writeNumber(out, top.positions()[i]);
    }
    writeNumber(out, row.activeImages());
    writeNumber(out, row.activePositions());
  }

  /**
   * Reads a file.
   *
   * @throws IllegalArgumentException if it is damaged or none
   */
  public static PartialSummary read(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      return read(in);
    } catch (EOFException | IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "'" + file + "' is damaged, or no part of a harvest: " + e.getMessage(), e);
    }
  }

  /**
   * Reads from a stream, of which more may have been read than this.
   *
   * @throws EOFException if it ends too early
   * @throws IllegalArgumentException if it is damaged
   */
  public static PartialSummary read(InputStream stream) throws IOException {
    CheckedInputStream checked =
        new CheckedInputStream(new BufferedInputStream(stream), new CRC32C());
    DataInputStream in = new DataInputStream(checked);
    if (in.readLong() != MAGIC) {
      throw new IllegalArgumentException("it does not begin as one of this release");
    }
    PartialSummary.Shape shape =
        new PartialSummary.Shape(
            (int) within(in.readInt(), 1, MOST_FEATURES),
            (int) within(in.readInt(), 1, MOST_IMAGES),
            (int) within(in.readInt(), 1, MOST_IMAGES),
            (int) within(in.readInt(), 1, MOST_IMAGES),
            in.readBoolean());
    BitSet images = new BitSet();
    for (int image : readAscending(in, MOST_IMAGES)) {
      images.set((int) within(image, 0, MOST_IMAGES));
    }
    List<Optional<PartialSummary.Row>> rows = new ArrayList<>();
    for (int k = 0; k < shape.features(); k++) {
      rows.add(in.readBoolean() ? Optional.of(row(in, shape, images)) : Optional.empty());
    }
    long sum = checked.getChecksum().getValue();
    if (in.readLong() != sum) {
      throw new IllegalArgumentException("its checksum is another");
    }
    return PartialSummary.of(shape, images, rows);
  }

  private static PartialSummary.Row row(
      DataInputStream in, PartialSummary.Shape shape, BitSet images) throws IOException {
    int n = images.cardinality();
    int[] bins = readAscending(in, n);
    int[] counts = new int[bins.length];
    long[] rests = new long[shape.dropped() == 0 ? 0 : bins.length];
    long all = 0;
    for (int i = 0; i < bins.length; i++) {
      counts[i] = (int) within(readNumber(in), 1, n);
      all += counts[i];
      if (rests.length > 0) {
        rests[i] = within(readNumber(in), 0, (long) counts[i] << shape.dropped());
      }
    }
    within(all, n, n);
    return new PartialSummary.Row(
        new ScoreBins(shape.dropped(), bins, counts, rests),
        top(in, Math.min(shape.kept(), n), shape),
        within(readNumber(in), 0, n),
        within(readNumber(in), 0, (long) n * shape.mapHeight() * shape.mapWidth()));
  }

  private static TopScores top(DataInputStream in, int most, PartialSummary.Shape shape)
      throws IOException {
    int size = (int) within(readNumber(in), most, most);
    TopScores top = new TopScores(new float[size], new int[size], new int[size]);
    for (int i = 0; i < size; i++) {
      top.scores()[i] = in.readFloat();
      top.images()[i] = (int) within(readNumber(in), 0, MOST_IMAGES);
      long positions = (long) shape.mapHeight() * shape.mapWidth();
      top.positions()[i] = (int) within(readNumber(in), 0, positions - 1);
    }
    return top;
  }

  private static void writeAscending(DataOutputStream out, int... values) throws IOException {
    writeNumber(out, values.length);
    for (int i = 0; i < values.length; i++) {
      writeNumber(
          out, i == 0 ? values[0] - (long) Integer.MIN_VALUE : (long) values[i] - values[i - 1]);
    }
  }

  /** Room is made for what has come, not for what is said to come. */
  private static int[] readAscending(DataInputStream in, int most) throws IOException {
    int size = (int) within(readNumber(in), 0, most);
    int[] values = new int[Math.min(size, 1024)];
    long before = Integer.MIN_VALUE;
    for (int i = 0; i < size; i++) {
      if (i == values.length) {
        values = Arrays.copyOf(values, (int) Math.min(size, 2L * values.length));
      }
      before =
          within(
              before + within(readNumber(in), i == 0 ? 0 : 1, 1L << 32),
              Integer.MIN_VALUE,
              Integer.MAX_VALUE);
      values[i] = (int) before;
    }
    return values;
  }

  private static void writeNumber(DataOutputStream out, long number) throws IOException {
    long left = number;
    for (; left >= 1 << 7; left >>>= 7) {
      out.writeByte((int) (left & 0x7F | 0x80));
    }
    out.writeByte((int) left);
  }

  private static long readNumber(DataInputStream in) throws IOException {
    long number = 0;
    for (int shift = 0; shift < 63; shift += 7) {
      int next = in.readUnsignedByte();
      number |= (long) (next & 0x7F) << shift;
      if (next < 0x80) {
        return number;
      }
    }
    throw new IllegalArgumentException("a number is longer than 63 bits");
  }

  private static long within(long number, long least, long most) {
    if (number < least || number > most) {
      throw new IllegalArgumentException(
          number + " stands where " + least + ".." + most + " is possible");
    }
    return number;
  }
}
