package org.tiltlens.server;

import java.nio.charset.StandardCharsets;
import java.util.Objects;

/**
 * A note as somebody wants it.
 *
 * @param label one line of at most {@value #LONGEST_LABEL} characters; empty if not given
 * @param note at most {@value #LONGEST_NOTE} characters; empty if not given
 * @param version of the note that it was written over, 0 for none
 */
record NoteRequest(String label, String note, Long version) {
  static final int LONGEST_LABEL = 100;
  static final int LONGEST_NOTE = 4000;

  NoteRequest {
    if (version == null || version < 0) {
      throw new IllegalArgumentException(
          "version is "
              + version
              + ", expected that of the note that this one is written over, 0 for none");
    }
    label = text("label", Objects.requireNonNullElse(label, "").strip(), LONGEST_LABEL);
    note =
        text(
            "note",
            Objects.requireNonNullElse(note, "").replace("\r\n", "\n").strip(),
            LONGEST_NOTE);
    if (label.contains("\n")) {
      throw new IllegalArgumentException("label has several lines, expected one");
    }
  }

  private static String text(String name, String text, int longest) {
    int length = text.codePointCount(0, text.length());
    if (length > longest) {
      throw new IllegalArgumentException(
          name + " has " + length + " characters, expected at most " + longest);
    }
    boolean strange =
        text.chars().anyMatch(c -> Character.isISOControl(c) && c != '\n' && c != '\t');
    if (strange || !StandardCharsets.UTF_8.newEncoder().canEncode(text)) {
      throw new IllegalArgumentException(name + " has characters that are no text");
    }
    return text;
  }
}
