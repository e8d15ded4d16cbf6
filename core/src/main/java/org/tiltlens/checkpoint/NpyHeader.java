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
 * NumPy writes it, and of a type in {@link #TYPES}; arrays of objects, which are pickles, are
 * refused.
 *
 * @param size of the header in bytes
 * @param fortran whether the first index runs fastest
 */
record NpyHeader(int size, DType dtype, boolean fortran, List<Long> shape) {
  /** The longest text NumPy itself reads from strangers. */
  private static final int MAX_TEXT = 10_000;

  private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
  private static final Map<String, DType> TYPES =
      Map.of(
          "<f2", DType.F16,
          "<f4", DType.F32,
          "<f8", DType.F64,
          "<i4", DType.I32,
          "<i8", DType.I64);
  private static final Pattern TEXT =
      Pattern.compile(
          "\\{'descr': '([^']{1,16})', 'fortran_order': (True|False), 'shape': \\(([0-9, ]*)\\),"
              + " \\} *\n");
  private static final Pattern SIZES = Pattern.compile("|[0-9]{1,18},|[0-9]{1,18}(, [0-9]{1,18})+");

  /**
   * Reads an array's header.
   *
   * @param array the whole file, which must be as long as its header says
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
    if (array.size() - header.size != header.arrayBytes()) {
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
      throw new CheckpointException(
          "array '" + name + "' has a header that NumPy does not write of plain numbers");
    }
    DType dtype = TYPES.get(dict.group(1));
    if (dtype == null) {
      throw new CheckpointException(
          "array '%s' is of type '%s', expected one of %s: save it with .astype('<f4')"
              .formatted(name, dict.group(1), TYPES.keySet().stream().sorted().toList()));
    }
    List<Long> shape =
        Pattern.compile("[0-9]+")
            .matcher(dict.group(3))
            .results()
            .map(number -> Long.valueOf(number.group()))
            .toList();
    Shapes.elements(name, shape); // fails where their product would overflow
    return new NpyHeader(size, dtype, dict.group(2).equals("True"), shape);
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
