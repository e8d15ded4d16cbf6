package org.tiltlens.corpus;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * CIFAR-10's binary version: records of one label byte and 3 x 32 x 32 bytes, red plane first.
 *
 * <p>Format: Krizhevsky 2009, <em>Learning Multiple Layers of Features from Tiny Images</em>; the
 * classes' names are in {@code batches.meta.txt} beside the batches.
 */
final class CifarBatches implements ImageSource {
  /** The file of the classes' names, beside the batches. */
  static final String CLASS_NAMES = "batches.meta.txt";

  static final int RECORD = 1 + 3 * 32 * 32;
  private static final int SIDE = 32;
  private static final int CLASSES = 10;

  private final List<RecordFile> files = new ArrayList<>();

  /** Index of each file's first image, and the number of all. */
  private final List<Integer> starts = new ArrayList<>(List.of(0));

  private byte[] labels = {};
  private List<String> classNames = List.of();

  private CifarBatches() {}

  /**
   * Opens batches as one collection.
   *
   * @throws IllegalArgumentException if a file is not a whole number of records
   */
  static CifarBatches open(List<Path> batches) throws IOException {
    CifarBatches cifar = new CifarBatches();
    try {
      for (Path path : batches) {
        cifar.add(RecordFile.open(path));
      }
      cifar.classNames = ClassNames.read(batches.get(0).resolveSibling(CLASS_NAMES), CLASSES);
      return cifar;
    } catch (IOException | RuntimeException e) {
      cifar.close();
      throw e;
    }
  }

  private void add(RecordFile file) throws IOException {
    files.add(file);
    if (file.length() == 0 || file.length() % RECORD != 0) {
      throw new IllegalArgumentException(
          "'"
              + file.path()
              + "' has "
              + file.length()
              + " bytes: a CIFAR-10 batch is a whole number of records of "
              + RECORD);
    }
    int first = size();
    starts.add(Math.toIntExact(first + file.length() / RECORD));
    labels = Arrays.copyOf(labels, size());
    for (int i = first; i < size(); i++) {
      labels[i] = bytes(i, 0, 1)[0];
      if (labels[i] < 0 || labels[i] >= CLASSES) {
        throw new IllegalArgumentException(
            "'" + file.path() + "' is no CIFAR-10 batch: it has the label " + (labels[i] & 0xFF));
      }
    }
  }

  @Override
  public int size() {
    return starts.get(starts.size() - 1);
  }

  private int fileOf(int index) {
    int file = 0;
    while (starts.get(file + 1) <= index) {
      file++;
    }
    return file;
  }

  private byte[] bytes(int index, int from, int count) throws IOException {
    int file = fileOf(index);
    long start = (long) (index - starts.get(file)) * RECORD;
    return files.get(file).read(start + from, count);
  }

  @Override
  public String name(int index) {
    int file = fileOf(index);
    return files.get(file).path().getFileName() + "/" + (index - starts.get(file));
  }

  @Override
  public int label(int index) {
    return labels[index];
  }

  @Override
  public List<String> classNames() {
    return classNames;
  }

  @Override
  public RawImage read(int index) throws IOException {
    return new RawImage(SIDE, SIDE, bytes(index, 1, RECORD - 1));
  }

  @Override
  public void close() throws IOException {
    for (RecordFile file : files) {
      file.close();
    }
  }
}
