package org.tiltlens.app.cli;

import java.nio.file.Path;
import org.tiltlens.corpus.LeftOut;
import org.tiltlens.harvest.SkippedFile;

/** The images that a run did without, as people read it in a terminal. */
final class LeftOutLine {
  private LeftOutLine() {}

  /**
   * The line with its end; empty if the run did without none.
   *
   * @param leftOut null if none
   */
  static String of(LeftOut leftOut, Path folder) {
    return leftOut == null ? "" : leftOut + "; names in " + folder.resolve(SkippedFile.NAME) + "\n";
  }
}
