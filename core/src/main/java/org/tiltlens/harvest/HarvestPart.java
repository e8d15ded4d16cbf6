package org.tiltlens.harvest;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.SortedMap;
import java.util.TreeMap;
import org.tiltlens.corpus.Skipped;
import org.tiltlens.synthesis.SpectrumSum;

/**
 * All that a harvest takes from some of a corpus' images: what they tell of the features, those
 * that could not be used, and how strong each frequency is in them. Parts of different images add
 * up, in any order.
 */
public final class HarvestPart {
  /** {@code TLHP} and the version of the form. */
  private static final long MAGIC = 0x544C4850_00000001L;

  /** More than a part has images; and sides of images beyond what any network takes. */
  private static final int MOST_SKIPPED = 1 << 30;

  private static final int MOST_SIDE = 1 << 13;

  private PartialSummary summary;
  private final SortedMap<Integer, Skipped.Entry> skipped;
  private SpectrumSum spectrum;

  /**
   * @param summary null if no image could be used
   * @param spectrum null if none could be read, or their side is odd
   */
  HarvestPart(
      PartialSummary summary, SortedMap<Integer, Skipped.Entry> skipped, SpectrumSum spectrum) {
    this.summary = summary;
    this.skipped = new TreeMap<>(skipped);
    this.spectrum = spectrum;
  }

  /** Null if no image could be used. */
  PartialSummary summary() {
    return summary;
  }

  SortedMap<Integer, Skipped.Entry> skipped() {
    return skipped;
  }

  /** Null if no image could be read, or their side is odd. */
  SpectrumSum spectrum() {
    return spectrum;
  }

  /** How many images were looked at. */
  public int images() {
    return (summary == null ? 0 : summary.size()) + skipped.size();
  }

  /**
   * Adds the images of another part, which is not to be used any more.
   *
   * @throws IllegalArgumentException if it is of other models, or both tell of the same usable
   *     image
   */
  public void add(HarvestPart other) {
    if (summary == null) {
      summary = other.summary;
    } else if (other.summary != null) {
      summary.add(other.summary);
    }
    skipped.putAll(other.skipped);
    if (spectrum == null) {
      spectrum = other.spectrum;
    } else if (other.spectrum != null) {
      spectrum = spectrum.plus(other.spectrum);
    }
  }

  /** Writes to a stream, which stays open. */
  public void write(OutputStream stream) throws IOException {
    DataOutputStream out = new DataOutputStream(stream);
    out.writeLong(MAGIC);
    out.writeInt(skipped.size());
    for (SortedMap.Entry<Integer, Skipped.Entry> each : skipped.entrySet()) {
      out.writeInt(each.getKey());
      out.writeUTF(cut(each.getValue().name()));
      out.writeUTF(cut(each.getValue().kind()));
      out.writeUTF(cut(each.getValue().reason()));
    }
    out.writeInt(spectrum == null ? 0 : spectrum.size());
    if (spectrum != null) {
      out.writeLong(spectrum.images());
      for (double each : spectrum.total()) {
        out.writeDouble(each);
      }
    }
    out.writeBoolean(summary != null);
    out.flush();
    if (summary != null) {
      PartialSummaryFile.write(stream, summary);
    }
  }

  /** Names and reasons are lines; what is written of one has room for 65,535 bytes. */
  private static String cut(String line) {
    return line.length() <= 16_384 ? line : line.substring(0, 16_384);
  }

  /**
   * Reads from a stream, of which more may have been read than this.
   *
   * @throws EOFException if it ends too early
   * @throws IllegalArgumentException if it is damaged
   */
  public static HarvestPart read(InputStream stream) throws IOException {
    DataInputStream in = new DataInputStream(stream);
    if (in.readLong() != MAGIC) {
      throw new IllegalArgumentException("it does not begin as one of this release");
    }
    SortedMap<Integer, Skipped.Entry> skipped = new TreeMap<>();
    int count = within(in.readInt(), MOST_SKIPPED);
    for (int i = 0; i < count; i++) {
      int image = within(in.readInt(), Integer.MAX_VALUE);
      skipped.put(image, new Skipped.Entry(in.readUTF(), in.readUTF(), in.readUTF()));
    }
    SpectrumSum spectrum = null;
    int side = within(in.readInt(), MOST_SIDE);
    if (side > 0) {
      long images = in.readLong();
      // Room is made for what comes, not for what is said to come.
      byte[] bytes = in.readNBytes(SpectrumSum.numbers(side) * Double.BYTES);
      double[] total = new double[bytes.length / Double.BYTES];
      ByteBuffer.wrap(bytes).asDoubleBuffer().get(total);
      spectrum = new SpectrumSum(side, total, images);
    }
    return new HarvestPart(
        in.readBoolean() ? PartialSummaryFile.read(stream) : null, skipped, spectrum);
  }

  private static int within(int number, int most) {
    if (number < 0 || number > most) {
      throw new IllegalArgumentException(number + " stands where 0.." + most + " is possible");
    }
    return number;
  }
}
