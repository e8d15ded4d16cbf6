package org.tiltlens.corpus;

import java.io.IOException;

/** One image of a corpus cannot be used; the others can. */
final class BrokenImageException extends IOException {
  private static final long serialVersionUID = 1;

  BrokenImageException(String reason) {
    super(reason);
  }

  BrokenImageException(String reason, Throwable cause) {
    super(reason, cause);
  }
}
