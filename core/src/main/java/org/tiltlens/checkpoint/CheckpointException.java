package org.tiltlens.checkpoint;

/**
 * A checkpoint that is missing, damaged, hostile or does not fit; the message is one line for the
 * user.
 */
public final class CheckpointException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public CheckpointException(String message) {
    super(message);
  }

  public CheckpointException(String message, Throwable cause) {
    super(message, cause);
  }

  static CheckpointException noTensor(String source, String name) {
    return new CheckpointException(source + ": there is no tensor '" + name + "'");
  }

  /** The same failure with the checkpoint's name before it. */
  CheckpointException in(String source) {
    return new CheckpointException(source + ": " + getMessage(), this);
  }
}
