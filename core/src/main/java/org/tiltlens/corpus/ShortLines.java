package org.tiltlens.corpus;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.StandardCharsets;

/** Lines of a text in UTF-8 of which none is longer than a name can be. */
final class ShortLines {
  /** More than any system lets a path have. */
  static final int LONGEST = 32 << 10;

  private final Reader text;
  private final Object file;
  private long number;

  /**
   * @param file where the text is, for people
   */
  ShortLines(InputStream in, Object file) {
    text = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8.newDecoder()));
    this.file = file;
  }

  /**
   * The next line without its end; null after the last.
   *
   * @throws IllegalArgumentException if it is longer than {@value #LONGEST} characters
   * @throws java.nio.charset.CharacterCodingException if it is no UTF-8
   */
  String next() throws IOException {
    number++;
    StringBuilder line = new StringBuilder();
    for (int next = text.read(); next != '\n'; next = text.read()) {
      if (next < 0) {
        return line.length() == 0 ? null : line.toString();
      }
      if (line.length() == LONGEST) {
        throw new IllegalArgumentException(
            "'%s': line %d is longer than %d characters: expected a text of one name a line"
                .formatted(file, number, LONGEST));
      }
      line.append((char) next);
    }
    return line.toString();
  }
}
