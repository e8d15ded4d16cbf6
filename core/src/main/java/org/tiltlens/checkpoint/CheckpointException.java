package org.tiltlens.checkpoint;

import java.util.regex.Pattern;

/**
 * A checkpoint that is missing, damaged, hostile or does not fit; the message is one line for the
 * user.
 */
public final class CheckpointException extends RuntimeException {
  private static final long serialVersionUID = 1L;
  private static final int MAX_LENGTH = 2000;
  private static final Pattern UNPRINTABLE =
      Pattern.compile("[\\p{Cntrl}\\p{Cf}\\p{Zl}\\p{Zp}\u0085]");

  public CheckpointException(String message) {
    super(printable(message));
  }

  public CheckpointException(String message, Throwable cause) {
    super(printable(message), cause);
  }

  /** Messages quote names from the file: no line breaks, terminal codes or endless texts. */
  private static String printable(String message) {
    String text =
        message.length() <= MAX_LENGTH ? message : message.substring(0, MAX_LENGTH) + "...";
    return UNPRINTABLE.matcher(text).replaceAll("?");
  }

  /**
   * A tensor is asked for that a checkpoint does not have.
   *
   * @param there what its metadata has by this name; null if nothing
   */
  static CheckpointException noTensor(String source, String name, String there) {
    return new CheckpointException(source + ": there is no tensor '" + name + "'" + instead(there));
  }

  /** What is there instead, if anything is. */
  static String instead(String there) {
    return there == null ? "" : "; it is " + there;
  }

  /** The same failure with the checkpoint's name before it. */
  CheckpointException in(String source) {
    return new CheckpointException(source + ": " + getMessage(), this);
  }
}
