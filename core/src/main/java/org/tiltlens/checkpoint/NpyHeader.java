package org.tiltlens.checkpoint;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What stands before the elements of a {@code .npy} array: {@code "\x93NUMPY"}, a version, the
 * length of the text, and a Python dict as text.
 *
 * <p>Source: NumPy's {@code numpy.lib.format}, versions 1.0 to 3.0. Closed: the text must be as
 * NumPy writes it. Arrays of a type that is not in {@link #TYPES}, such as objects, which are
 * pickles, are known by their type alone.
 *
 * @param size of the header in bytes
 * @param type as NumPy writes it
 * @param dtype the same as ours; {@link DType#UNKNOWN} if it is not read
 * @param fortran whether the first index runs fastest
 */
record NpyHeader(int size, String type, DType dtype, boolean fortran, List<Long> shape) {
  /** The longest text NumPy itself reads from strangers. */
  private static final int MAX_TEXT = 10_000;

  private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
  private static final Map<String, DType> TYPES =
      Map.ofEntries(
          Map.entry("<f2", DType.F16),
          Map.entry("<f4", DType.F32),
          Map.entry("<f8", DType.F64),
          Map.entry("|b1", DType.BOOL),
          Map.entry("|i1", DType.I8),
          Map.entry("|u1", DType.U8),
          Map.entry("<i2", DType.I16),
          Map.entry("<u2", DType.U16),
          Map.entry("<i4", DType.I32),
          Map.entry("<u4", DType.U32),
          Map.entry("<i8", DType.I64),
          Map.entry("<u8", DType.U64));

  /** Stands for the type of an array of records. */
  private static final String RECORDS = "records";

  private static final Pattern TEXT =
      Pattern.compile(
          "\\{'descr': (?:'([^']{1,32})'|\\[[^\n"
              + "]*\\]), 'fortran_order': (True|False), 'shape': \\(([0-9, ]*)\\), \\} *\n");
  private static final Pattern SIZES = Pattern.compile("|[0-9]{1,18},|[0-9]{1,18}(, [0-9]{1,18})+");

  /**
   * Reads an array's header.
   *
   * @param array the whole file, which must be as long as its header says, if its type is read
   */
  static NpyHeader read(String name, Region array) {
    ByteBuffer bytes = start(array);
    byte[] magic = new byte[MAGIC.length];
    if (bytes.remaining() < MAGIC.length + 6) {
      throw new CheckpointException("array '" + name + "' is cut short");
    }
    bytes.get(magic);
    int version = bytes.get();
    boolean minor = bytes.get() != 0;
    if (!Arrays.equals(magic, MAGIC) || minor || version < 1 || version > 3) {
      throw new CheckpointException("array '" + name + "' is no .npy file of version 1.0 to 3.0");
    }
    int length = version == 1 ? bytes.getShort() & 0xffff : bytes.getInt();
    if (length < 0 || length > MAX_TEXT || length > bytes.remaining()) {
      throw new CheckpointException(
          "array '%s' has a header of %d bytes, at most %d are read"
              .formatted(name, length & 0xffffffffL, Math.min(MAX_TEXT, bytes.remaining())));
    }
    byte[] text = new byte[length];
    bytes.get(text);
    NpyHeader header = parse(name, new String(text, StandardCharsets.ISO_8859_1), bytes.position());
    if (header.isRead() && array.size() - header.size != header.arrayBytes()) {
      throw new CheckpointException(
          "array '%s' has %d bytes, but its header %s %s asks for %d"
              .formatted(
                  name,
                  array.size() - header.size,
                  header.dtype,
                  header.shape,
                  header.arrayBytes()));
    }
    return header;
  }

  /** As much as the longest header takes, read in one go: a packed entry is unpacked for it. */
  private static ByteBuffer start(Region array) {
    int longest = MAGIC.length + 6 + MAX_TEXT;
    ByteBuffer start = ByteBuffer.allocate((int) Math.min(longest, array.size()));
    array.read(0, start.capacity(), start::put);
    return start.flip().order(ByteOrder.LITTLE_ENDIAN);
  }

  private static NpyHeader parse(String name, String text, int size) {
    Matcher dict = TEXT.matcher(text);
    if (!dict.matches() || !SIZES.matcher(dict.group(3)).matches()) {
      throw new CheckpointException("array '" + name + "' has a header that NumPy does not write");
    }
    String type = dict.group(1) == null ? RECORDS : dict.group(1);
    DType dtype = TYPES.getOrDefault(type, DType.UNKNOWN);
    List<Long> shape =
        Pattern.compile("[0-9]+")
            .matcher(dict.group(3))
            .results()
            .map(number -> Long.valueOf(number.group()))
            .toList();
    Shapes.elements(name, shape); // fails where their product would overflow
    return new NpyHeader(size, type, dtype, dict.group(2).equals("True"), shape);
  }

  boolean isRead() {
    return dtype != DType.UNKNOWN;
  }

  /** What is said where an array that is not read is needed. */
  String notRead() {
    return "an array of type '%s', expected one of %s: save it with .astype('<f4')"
        .formatted(type, TYPES.keySet().stream().sorted().toList());
  }

  long arrayBytes() {
    return Shapes.elements("array", shape) * dtype.bytes();
  }

  /** The array as a window into the storage of its own name. */
  StoredTensor tensor(String name) {
    List<Integer> order = new ArrayList<>();
    for (int i = 0; i < shape.size(); i++) {
      order.add(fortran ? i : shape.size() - 1 - i);
    }
    List<Long> strides = new ArrayList<>(Collections.nCopies(shape.size(), 0L));
    long step = 1;
    for (int dimension : order) {
      strides.set(dimension, step);
      step *= Math.max(1, shape.get(dimension));
    }
    return new StoredTensor(name, Shapes.elements(name, shape), dtype, 0, shape, strides);
  }
}
