package org.tiltlens.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/**
 * Tells a disk that has no more room from other failures, of which whoever asked can do nothing.
 */
final class FullDisk {
  /** What is said of it. */
  static final String WORDS =
      "the disk of the studio's folder is full: make room on it, and ask again";

  /** What a small file needs. */
  private static final long ROOM = 64 << 10;

  private FullDisk() {}

  /**
   * Whether something failed for want of room.
   *
   * @param folder where it would have been written
   */
  static boolean isCause(Throwable failure, Path folder) {
    boolean writing = false;
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      String said = String.valueOf(cause.getMessage()).toLowerCase(Locale.ROOT);
      if (said.contains("no space left") || said.contains("quota exceeded")) {
        return true;
      }
      writing |= cause instanceof IOException;
    }
    return writing && !hasRoom(folder);
  }

  /** For systems that say it in another language. */
  private static boolean hasRoom(Path folder) {
    try {
      return Files.getFileStore(folder).getUsableSpace() >= ROOM;
    } catch (IOException e) {
      return true;
    }
  }
}
