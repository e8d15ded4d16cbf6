package org.tiltlens.files;

import java.io.IOException;
import java.nio.file.Path;

/**
 * A file as people bring it, and what becomes of it: a row of docs/files.md, and a test.
 *
 * @param group what it is brought as
 * @param what the file, in a few words
 * @param read whether it is read, or refused
 * @param says what is said of it: as what it is read, or why it is refused
 * @param file makes it
 */
record FileCase(Group group, String what, boolean read, String says, InFolder file) {
  /** Makes a file or folder inside an empty folder. */
  interface InFolder {
    Path make(Path folder) throws IOException;
  }

  static FileCase read(Group group, String what, String says, InFolder file) {
    return new FileCase(group, what, true, says, file);
  }

  static FileCase refused(Group group, String what, String says, InFolder file) {
    return new FileCase(group, what, false, says, file);
  }

  @Override
  public String toString() {
    return group + ": " + what;
  }
}
