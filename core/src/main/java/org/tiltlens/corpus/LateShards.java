package org.tiltlens.corpus;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The images of tars or tables elsewhere that were listed before ({@link KnownShards}): each file
 * is copied and opened when an image of it is asked for.
 *
 * <p>It tells images, and nothing of classes and of what was left out, which the list's maker
 * knows.
 */
final class LateShards implements ImageSource {
  private final RemoteFiles files;
  private final String folder;
  private final KnownShards known;
  private final Concatenation whole;
  private final ImageSource[] opened;

  LateShards(RemoteFiles files, String folder, KnownShards known) {
    this.files = files;
    this.folder = folder;
    this.known = known;
    whole = new Concatenation(known.files().stream().mapToInt(KnownShards.Each::images).toArray());
    opened = new ImageSource[known.files().size()];
  }

  /** The fingerprint of its list. */
  String fingerprint() {
    return known.fingerprint();
  }

  private synchronized ImageSource of(int index) throws IOException {
    int part = whole.part(index);
    if (opened[part] == null) {
      KnownShards.Each each = known.files().get(part);
      ImageSource images = open(each.name());
      if (!KnownShards.of(images, null).files().equals(List.of(each))) {
        images.close();
        throw new IllegalArgumentException(
            "'%s/%s' has other images than where the command was started: leave files as they are"
                    .formatted(folder, each.name())
                + " until it ends");
      }
      opened[part] = images;
    }
    return opened[part];
  }

  private ImageSource open(String name) throws IOException {
    Path copied = files.copied(folder, new TreeSet<>(List.of(name))).resolve(name);
    SortedMap<String, Path> alone = new TreeMap<>();
    alone.put(name, copied);
    return known.column() == null
        ? TarShards.open(alone, List.of())
        : ParquetImages.open(alone, known.column(), List.of())
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "'%s/%s' has no column '%s' any more"
                            .formatted(folder, name, known.column())));
  }

  @Override
  public int size() {
    return whole.size();
  }

  @Override
  public String name(int index) {
    try {
      return of(index).name(whole.within(index));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public RawImage read(int index) throws IOException {
    return of(index).read(whole.within(index));
  }

  @Override
  public synchronized void close() throws IOException {
    for (ImageSource each : opened) {
      if (each != null) {
        each.close();
      }
    }
  }
}
