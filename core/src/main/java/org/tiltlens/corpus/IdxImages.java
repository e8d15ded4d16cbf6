package org.tiltlens.corpus;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Grey images of one size in an IDX file, as MNIST and Fashion-MNIST come.
 *
 * <pre>
 *   magic 00 00 08 03, N, rows, columns: 32 bits each, most significant byte first; N rows columns bytes
 * </pre>
 *
 * <p>Format: LeCun et al., <em>The MNIST database</em>. The labels of {@code
 * train-images-idx3-ubyte} are in {@code train-labels-idx1-ubyte} beside it (magic 00 00 08 01, N;
 * N bytes), where either may end in {@code .gz}; the classes' names in {@code class-names.txt}, one
 * a line, or they are called by their numbers.
 */
final class IdxImages implements ImageSource {
  static final int IMAGES_MAGIC = 0x00000803;
  private static final String CLASS_NAMES = "class-names.txt";
  private static final int LABELS_MAGIC = 0x00000801;
  private static final int IMAGES_HEADER = 16;
  private static final int LABELS_HEADER = 8;
  private static final int MAX_SIDE = 4096;

  private final RecordFile file;
  private final int count;
  private final int rows;
  private final int columns;
  private final byte[] labels;
  private final List<String> classNames;

  private IdxImages(
      RecordFile file, int count, int rows, int columns, byte[] labels, List<String> classNames) {
    this.file = file;
    this.count = count;
    this.rows = rows;
    this.columns = columns;
    this.labels = labels;
    this.classNames = classNames;
  }

  /**
   * Opens an IDX file of images and the labels beside it.
   *
   * @throws IllegalArgumentException if either is no such file, or does not hold what it states
   */
  static IdxImages open(Path path) throws IOException {
    RecordFile file = RecordFile.open(path);
    try {
      ByteBuffer header = header(file, IMAGES_HEADER, IMAGES_MAGIC, "images");
      int count = header.getInt();
      int rows = header.getInt();
      int columns = header.getInt();
      if (count < 0 || rows < 1 || columns < 1 || rows > MAX_SIDE || columns > MAX_SIDE) {
        throw new IllegalArgumentException(
            "'" + path + "' states " + count + " images of " + rows + " x " + columns + " pixels");
      }
      requireLength(file, IMAGES_HEADER, count, rows * columns, "images");
      byte[] labels = labels(path, count);
      return new IdxImages(file, count, rows, columns, labels, classNames(path, labels));
    } catch (IOException | RuntimeException e) {
      file.close();
      throw e;
    }
  }

  private static ByteBuffer header(RecordFile file, int length, int magic, String what)
      throws IOException {
    if (file.length() < length) {
      throw new IllegalArgumentException(
          "'" + file.path() + "' is too short for an IDX file of " + what);
    }
    ByteBuffer header = ByteBuffer.wrap(file.read(0, length));
    int found = header.getInt();
    if (found != magic) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "'%s' is no IDX file of %s: it starts with %08x, expected %08x",
              file.path(),
              what,
              found,
              magic));
    }
    return header;
  }

  private static void requireLength(RecordFile file, int header, int count, int each, String what)
      throws IOException {
    long expected = header + (long) count * each;
    if (file.length() != expected) {
      throw new IllegalArgumentException(
          "'"
              + file.path()
              + "' states "
              + count
              + " "
              + what
              + ", which take "
              + expected
              + " bytes, but it has "
              + file.length());
    }
  }

  private static byte[] labels(Path images, int count) throws IOException {
    Optional<Path> path = labelsBeside(images);
    if (path.isEmpty()) {
      return new byte[0];
    }
    try (RecordFile file = RecordFile.open(path.get())) {
      int stated = header(file, LABELS_HEADER, LABELS_MAGIC, "labels").getInt();
      requireLength(file, LABELS_HEADER, stated, 1, "labels");
      if (stated != count) {
        throw new IllegalArgumentException(
            "'"
                + path.get()
                + "' holds "
                + stated
                + " labels, but there are "
                + count
                + " images in '"
                + images
                + "'");
      }
      return file.read(LABELS_HEADER, count);
    }
  }

  private static Optional<Path> labelsBeside(Path images) {
    return labelsOf(images.getFileName().toString()).stream()
        .map(images::resolveSibling)
        .filter(Files::isRegularFile)
        .findFirst();
  }

  /** What a file's labels may be called. */
  private static List<String> labelsOf(String images) {
    String labels = images.replace("images", "labels").replace("idx3", "idx1");
    if (labels.equals(images)) {
      return List.of();
    }
    String plain = labels.endsWith(".gz") ? labels.substring(0, labels.length() - 3) : labels;
    return List.of(labels, plain, plain + ".gz");
  }

  /** What may lie beside a file and belongs to it. */
  static List<String> beside(String images) {
    List<String> labels = labelsOf(images);
    return labels.isEmpty()
        ? labels
        : Stream.concat(labels.stream(), Stream.of(CLASS_NAMES)).distinct().toList();
  }

  private static List<String> classNames(Path images, byte[] labels) throws IOException {
    int classes = IntStream.range(0, labels.length).map(i -> labels[i] & 0xFF).max().orElse(-1) + 1;
    return ClassNames.read(images.resolveSibling(CLASS_NAMES), classes);
  }

  @Override
  public int size() {
    return count;
  }

  @Override
  public String name(int index) {
    return Integer.toString(index);
  }

  @Override
  public int label(int index) {
    return labels.length == 0 ? NO_LABEL : labels[index] & 0xFF;
  }

  @Override
  public List<String> classNames() {
    return classNames;
  }

  @Override
  public RawImage read(int index) throws IOException {
    int length = rows * columns;
    return new RawImage(columns, rows, file.read(IMAGES_HEADER + (long) index * length, length));
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
