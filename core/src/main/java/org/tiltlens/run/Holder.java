package org.tiltlens.run;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;

/** Which process has a run's folder: its number in a file beside the lock, written when it came. */
final class Holder {
  static final String NAME = "holder";

  private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss");

  private Holder() {}

  /** Says that it is this process, from now on. */
  static void write(Path file) throws IOException {
    WholeFile.writeText(file, Long.toString(ProcessHandle.current().pid()));
  }

  /**
   * The process as people look for it; as much as can be told.
   *
   * @param state the folder of the lock
   */
  static String words(Path state) {
    try {
      Path file = state.resolve(NAME);
      long pid = Long.parseLong(Files.readString(file).strip());
      if (pid == ProcessHandle.current().pid()) {
        return "another run of this process";
      }
      return "process %d (tiltlens %ssince %s)"
          .formatted(
              pid,
              command(state),
              TIME.format(
                  Files.getLastModifiedTime(file).toInstant().atZone(ZoneId.systemDefault())));
    } catch (IOException | NumberFormatException e) {
      return "another run";
    }
  }

  private static String command(Path state) throws IOException {
    try {
      return Json.read(state.resolve(RunFolder.IDENTITY), "command", String.class) + ", ";
    } catch (IllegalArgumentException e) {
      // What is no identity of a command's says none.
      return "";
    }
  }
}
