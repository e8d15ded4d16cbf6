package org.tiltlens.app.cli;

import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.Charset;

/**
 * Text for a terminal in which nothing is a command to it.
 *
 * <p>Names and captions come from files of strangers. Their control characters, and those that turn
 * the direction of writing, are shown as JSON writes them, so that {@code ESC} is {@code \}{@code
 * u001b}.
 */
final class PlainText {
  private PlainText() {}

  /** The text with what is a command escaped; line ends and tabs stay. */
  static String of(String text) {
    StringBuilder plain = null;
    for (int i = 0; i < text.length(); i++) {
      char next = text.charAt(i);
      boolean endsLine = next == '\r' && i + 1 < text.length() && text.charAt(i + 1) == '\n';
      if (isCommand(next) && !endsLine) {
        plain = plain == null ? new StringBuilder(text.substring(0, i)) : plain;
        plain.append(String.format("\\u%04x", (int) next));
      } else if (plain != null) {
        plain.append(next);
      }
    }
    return plain == null ? text : plain.toString();
  }

  private static boolean isCommand(char c) {
    boolean turns = (c >= '\u202a' && c <= '\u202e') || (c >= '\u2066' && c <= '\u2069');
    return turns || (Character.isISOControl(c) && c != '\n' && c != '\t');
  }

  /** A writer to the same place that only takes such text. */
  static PrintWriter writer(PrintWriter to) {
    return to instanceof Writer ? to : new Writer(to);
  }

  private static final class Writer extends PrintWriter {
    Writer(PrintWriter to) {
      super(to);
    }

    @Override
    public void write(int c) {
      write(String.valueOf((char) c));
    }

    @Override
    public void write(char[] text, int from, int length) {
      write(String.valueOf(text, from, length));
    }

    @Override
    public void write(String text, int from, int length) {
      String plain = of(text.substring(from, from + length));
      super.write(plain, 0, plain.length());
    }

    @Override
    public void write(String text) {
      write(text, 0, text.length());
    }
  }

  /** The same of bytes, such as of what is logged. */
  static final class Stream extends PrintStream {
    private final PrintStream raw;

    Stream(PrintStream raw) {
      super(raw, true);
      this.raw = raw;
    }

    /** For what moves a cursor on purpose. */
    static PrintStream raw(PrintStream stream) {
      return stream instanceof Stream plain ? plain.raw : stream;
    }

    @Override
    public void write(byte[] bytes, int from, int length) {
      String text = new String(bytes, from, length, Charset.defaultCharset());
      String plain = of(text);
      if (plain.equals(text)) {
        // As they are, which may be a part of a character.
        super.write(bytes, from, length);
      } else {
        byte[] shown = plain.getBytes(Charset.defaultCharset());
        super.write(shown, 0, shown.length);
      }
    }
  }
}
