package org.tiltlens.checkpoint;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The central directory of a zip file, with the place of each entry's bytes.
 *
 * <p>{@link java.util.zip.ZipFile} hides where an entry's bytes are, which a memory map needs.
 * Source: PKWARE APPNOTE 6.3.10, sections 4.3 and 4.5.3 (zip64). Stricter than it: no duplicate
 * names, no overlapping entries, no encryption, nothing between the parts of the directory, local
 * headers that agree with it.
 */
final class ZipDirectory {
  private static final int CENTRAL = 0x02014b50;
  private static final int LOCAL = 0x04034b50;

  private static final int CENTRAL_SIZE = 46;
  private static final int LOCAL_SIZE = 30;

  /** Far more than a checkpoint with a hundred thousand tensors needs. */
  private static final int MAX_DIRECTORY = 64 << 20;

  /** One entry: {@code method} 0 is stored, 8 deflated. */
  private record Entry(String name, int method, long stored, long size, long header) {}

  private final OpenFile file;

  private ZipDirectory(OpenFile file) {
    this.file = file;
  }

  /** The bytes of all entries by name, in the directory's order. */
  static Map<String, Region> read(OpenFile file) {
    return new ZipDirectory(file).regions();
  }

  private Map<String, Region> regions() {
    ZipEnd directory = ZipEnd.find(file);
    if (directory.size() > MAX_DIRECTORY
        || directory.start() < 0
        || directory.count() > directory.size() / CENTRAL_SIZE) {
      throw damaged("its directory is impossible");
    }
    ByteBuffer bytes = bytes(file, directory.start(), (int) directory.size());
    List<Entry> entries = new ArrayList<>();
    while (bytes.hasRemaining()) {
      entries.add(entry(bytes));
    }
    if (entries.size() != directory.count()) {
      throw damaged(
          "its directory lists " + entries.size() + " of " + directory.count() + " files");
    }
    Map<String, Region> regions = new LinkedHashMap<>();
    List<Slice> extents = new ArrayList<>();
    for (Entry entry : entries) {
      Slice raw = new Slice(file, dataStart(entry, directory.start()), entry.stored());
      extents.add(new Slice(file, entry.header(), raw.start() - entry.header() + raw.size()));
      Region region = entry.method() == 0 ? raw : inflated(entry, raw);
      if (regions.put(entry.name(), region) != null) {
        throw damaged("it holds '" + entry.name() + "' twice");
      }
    }
    requireApart(extents);
    return regions;
  }

  private Entry entry(ByteBuffer bytes) {
    if (bytes.remaining() < CENTRAL_SIZE || bytes.getInt(bytes.position()) != CENTRAL) {
      throw damaged("its directory is damaged");
    }
    int at = bytes.position();
    int nameLength = u16(bytes, at + 28);
    int extraLength = u16(bytes, at + 30);
    int total = CENTRAL_SIZE + nameLength + extraLength + u16(bytes, at + 32);
    if (total > bytes.remaining()) {
      throw damaged("its directory is cut short");
    }
    String name = text(bytes, at + CENTRAL_SIZE, nameLength);
    int method = u16(bytes, at + 10);
    if ((u16(bytes, at + 8) & 1) != 0 || (method != 0 && method != 8)) {
      throw damaged("'" + name + "' is encrypted or compressed in an unknown way");
    }
    long[] sizes = {u32(bytes, at + 24), u32(bytes, at + 20), u32(bytes, at + 42)};
    widen(sizes, bytes.slice(at + CENTRAL_SIZE + nameLength, extraLength), name);
    if (method == 0 && sizes[0] != sizes[1]) {
      throw damaged("'" + name + "' has two sizes");
    }
    bytes.position(at + total);
    return new Entry(name, method, sizes[1], sizes[0], sizes[2]);
  }

  /** Replaces sizes of 0xffffffff by those of the zip64 extra field, which lists just these. */
  private void widen(long[] sizes, ByteBuffer extra, String name) {
    extra.order(ByteOrder.LITTLE_ENDIAN);
    while (extra.remaining() >= 4) {
      int id = u16(extra, extra.position());
      int length = u16(extra, extra.position() + 2);
      extra.position(extra.position() + 4);
      if (length > extra.remaining()) {
        throw damaged("the extra field of '" + name + "' is cut short");
      }
      ByteBuffer field = extra.slice(extra.position(), length).order(ByteOrder.LITTLE_ENDIAN);
      extra.position(extra.position() + length);
      for (int i = 0; id == 1 && i < sizes.length; i++) {
        if (sizes[i] == 0xffffffffL && field.remaining() >= 8) {
          sizes[i] = field.getLong();
        }
      }
    }
    for (long size : sizes) {
      if (size < 0) {
        throw damaged("'" + name + "' has an impossible size");
      }
    }
  }

  /** Where the entry's bytes start, by its local header, which must agree with the directory. */
  private long dataStart(Entry entry, long directoryStart) {
    if (entry.header() > directoryStart - LOCAL_SIZE) {
      throw damaged("'" + entry.name() + "' lies outside the file");
    }
    ByteBuffer local = bytes(file, entry.header(), LOCAL_SIZE);
    int nameLength = u16(local, 26);
    long start = entry.header() + LOCAL_SIZE + nameLength + u16(local, 28);
    if (local.getInt(0) != LOCAL
        || u16(local, 8) != entry.method()
        || start > directoryStart
        || entry.stored() > directoryStart - start
        || !text(bytes(file, entry.header() + LOCAL_SIZE, nameLength), 0, nameLength)
            .equals(entry.name())) {
      throw damaged("the header of '" + entry.name() + "' contradicts the directory");
    }
    return start;
  }

  private Region inflated(Entry entry, Slice raw) {
    // Deflate cannot do better than 1032 : 1.
    if (entry.size() / 1032 > entry.stored()) {
      throw damaged("'" + entry.name() + "' claims to unpack to " + entry.size() + " bytes");
    }
    return new DeflatedEntry(file, entry.name(), raw.start(), raw.size(), entry.size());
  }

  private void requireApart(List<Slice> extents) {
    extents.sort(Comparator.comparingLong(Slice::start));
    for (int i = 1; i < extents.size(); i++) {
      if (extents.get(i - 1).start() + extents.get(i - 1).size() > extents.get(i).start()) {
        throw damaged("its files overlap");
      }
    }
  }

  static ByteBuffer bytes(OpenFile file, long from, int count) {
    return ByteBuffer.wrap(file.bytes(from, count)).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static String text(ByteBuffer bytes, int at, int length) {
    byte[] text = new byte[length];
    bytes.get(at, text);
    return new String(text, StandardCharsets.UTF_8);
  }

  static int u16(ByteBuffer bytes, int at) {
    return bytes.getShort(at) & 0xffff;
  }

  static long u32(ByteBuffer bytes, int at) {
    return bytes.getInt(at) & 0xffffffffL;
  }

  static CheckpointException damaged(String why) {
    return new CheckpointException("not a sound zip file: " + why);
  }
}
