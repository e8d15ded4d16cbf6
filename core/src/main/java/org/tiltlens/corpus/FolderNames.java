package org.tiltlens.corpus;

import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Stream;

/** The files below a folder by what their names say of them. */
final class FolderNames {
  private final List<String> images = new ArrayList<>();
  private final SortedSet<String> tables = new TreeSet<>();
  private final SortedSet<String> tars = new TreeSet<>();
  private final List<Skipped.Entry> unlisted = new ArrayList<>();

  /** Takes a file up, unless it is hidden or holds no images. */
  void add(String name) {
    if (ImageNames.isHidden(name)) {
      return;
    }
    if (ImageNames.isImage(name)) {
      images.add(name);
    } else if (ImageNames.isTable(name)) {
      tables.add(name);
    } else if (ImageNames.isTar(name)) {
      tars.add(name);
    } else {
      ImageNames.leftOut(name).ifPresent(unlisted::add);
    }
  }

  /** Notes a file that cannot be listed. */
  void leaveOut(Skipped.Entry entry) {
    unlisted.add(entry);
  }

  List<String> images() {
    return images;
  }

  /** Parquet files, which may hold images. */
  SortedSet<String> tables() {
    return tables;
  }

  /** Archives of the kind that is read, which may hold images. */
  SortedSet<String> tars() {
    return tars;
  }

  /** What cannot be listed, these archives apart. */
  List<Skipped.Entry> unlisted() {
    return unlisted;
  }

  /** What cannot be listed where there are images or tables of them. */
  List<Skipped.Entry> unlistedWithTars() {
    return Stream.concat(
            unlisted.stream(), tars.stream().flatMap(tar -> ImageNames.leftOut(tar).stream()))
        .toList();
  }
}
