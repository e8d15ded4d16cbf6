package org.tiltlens.corpus;

import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.List;

/**
 * Image files by name in a stable order, each labelled by the folder directly around it.
 *
 * <p>{@code train/bird/0338.jpg} has the class {@code bird}; images without a folder around them
 * make the whole listing unlabelled.
 */
final class Listing {
  private final String[] names;
  private final List<String> classNames;

  private Listing(String... names) {
    this.names = names;
    boolean labelled = Arrays.stream(names).allMatch(name -> name.indexOf('/') > 0);
    classNames =
        labelled
            ? Arrays.stream(names).map(Listing::folder).distinct().sorted().toList()
            : List.of();
  }

  /** By name. */
  static Listing sorted(Collection<String> files) {
    String[] names = files.toArray(String[]::new);
    Arrays.sort(names);
    return new Listing(names);
  }

  /** In the order in which they come. */
  static Listing of(Collection<String> files) {
    return new Listing(files.toArray(String[]::new));
  }

  private static String folder(String name) {
    String path = name.substring(0, name.lastIndexOf('/'));
    return path.substring(path.lastIndexOf('/') + 1);
  }

  int size() {
    return names.length;
  }

  String name(int index) {
    return names[index];
  }

  int label(int index) {
    return classNames.isEmpty()
        ? ImageSource.NO_LABEL
        : Collections.binarySearch(classNames, folder(names[index]));
  }

  List<String> classNames() {
    return classNames;
  }
}
