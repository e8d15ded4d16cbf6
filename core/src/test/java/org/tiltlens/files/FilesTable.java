package org.tiltlens.files;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Writes what is read and what is refused, from the cases that {@link FilesTest} opens: {@code
 * scripts/tool org.tiltlens.files.FilesTable docs/files.md}.
 */
final class FilesTable {
  private static final String HEAD =
      """
      # What is read, and what is refused

      Every row is a file that the tests make and open as the commands do, so what stands here holds. Where a file is refused, the words
      are part of the one line that says so. `tiltlens inspect FILE` says beforehand what loading a model or a dictionary would say.
      Written by `scripts/tool org.tiltlens.files.FilesTable docs/files.md` (the cases are in `core/src/test/java/org/tiltlens/files`).
      How the files are given is in [bring-your-own-model.md](bring-your-own-model.md).
      """;

  private FilesTable() {}

  /** Writes the document to the file that the first argument names. */
  public static void main(String[] arguments) throws IOException {
    Files.writeString(Path.of(arguments[0]), text());
  }

  static String text() {
    StringBuilder text = new StringBuilder(HEAD);
    for (Group group : Group.values()) {
      text.append(
          "\n## %s (`%s`)\n\n| file | | |\n|---|---|---|\n".formatted(group.title, group.option));
      FileCases.all().stream()
          .filter(each -> each.group() == group)
          .forEach(each -> text.append(row(each)));
    }
    return text.toString();
  }

  private static String row(FileCase file) {
    String says = file.group() == Group.IMAGE && file.read() ? "" : file.says();
    return "| %s | %s | %s |\n".formatted(file.what(), file.read() ? "read" : "**refused**", says);
  }
}
