package org.tiltlens.corpus;

import java.io.Closeable;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/**
 * A collection of images as it lies on disk: one implementation per layout.
 *
 * <p>The order is fixed by the layout alone, so that an index means the same image on every machine
 * and after a restart. Threads may share a source.
 */
interface ImageSource extends Closeable {
  /** Stands for "no label". */
  int NO_LABEL = -1;

  /** Number of images, broken ones included. */
  int size();

  /** The image's name inside the collection, such as {@code train/bird/0338.jpg}. */
  String name(int index);

  /** The index of its class in {@link #classNames}, or {@link #NO_LABEL}. */
  default int label(int index) {
    return NO_LABEL;
  }

  /** Names of the classes; empty if the layout has no labels. */
  default List<String> classNames() {
    return List.of();
  }

  /**
   * Decodes one image.
   *
   * @throws BrokenImageException if this image cannot be used
   * @throws IOException if the collection itself cannot be read any more
   */
  RawImage read(int index) throws IOException;

  /** Files that were found but never listed, as they cannot be opened or have a hostile name. */
  default List<Skipped.Entry> unlisted() {
    return List.of();
  }

  /** The files that it is stored in, in order; empty if each image is one. */
  default List<Stored> stored() {
    return List.of();
  }

  /** What another machine needs to read single images of it; empty if each image is a file. */
  default Optional<KnownShards> known() {
    return Optional.empty();
  }

  /** A file and how many images it has. */
  record Stored(String name, int images) {}

  @Override
  void close() throws IOException;
}
