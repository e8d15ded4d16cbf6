package org.tiltlens.corpus;

import java.io.IOException;

/** One image of a corpus cannot be used; the others can. */
final class BrokenImageException extends IOException {
  private static final long serialVersionUID = 1;

  private final String kind;

  BrokenImageException(String kind, String reason) {
    super(reason);
    this.kind = kind;
  }

  BrokenImageException(String kind, String reason, Throwable cause) {
    super(reason, cause);
    this.kind = kind;
  }

  /** The reason in a word or two, as in {@link Skipped.Entry#kind}. */
  String kind() {
    return kind;
  }
}
