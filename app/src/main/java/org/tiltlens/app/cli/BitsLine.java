package org.tiltlens.app.cli;

import org.tiltlens.models.PriorFile;

/** What bits per dimension in a table are of, where a prior is of latents. */
final class BitsLine {
  private BitsLine() {}

  /** A table, and below it the line, if there is one. */
  static String under(String table, String prior) {
    return PriorFile.noteOnBits(prior)
        .map(note -> table + System.lineSeparator() + note)
        .orElse(table);
  }
}
