package org.tiltlens.corpus;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** Names of the classes of a layout that stores numbers: a text file beside it, one a line. */
final class ClassNames {
  private static final long MAX_LINES = 100_000;

  private ClassNames() {}

  /**
   * The first {@code classes} names of the file, or {@code 0, 1, ..} if there is none.
   *
   * @throws IllegalArgumentException if the file has fewer
   */
  static List<String> read(Path file, int classes) throws IOException {
    if (!Files.isRegularFile(file)) {
      return IntStream.range(0, classes).mapToObj(Integer::toString).toList();
    }
    try (InputStream in = Files.newInputStream(file)) {
      ShortLines lines = new ShortLines(in, file);
      List<String> names = new ArrayList<>();
      String line = lines.next();
      for (int read = 0; line != null && read < MAX_LINES; read++, line = lines.next()) {
        if (!line.isBlank()) {
          names.add(line.strip());
        }
      }
      if (names.size() < classes) {
        throw new IllegalArgumentException(
            "'" + file + "' names " + names.size() + " classes, but the labels use " + classes);
      }
      return names.subList(0, classes);
    }
  }
}
