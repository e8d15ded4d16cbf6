package org.tiltlens.torch;

/**
 * A run ended because the user wanted it to, with its state saved: the same call goes on with it.
 *
 * <p>Not a failure of anything, so whoever records failures lets it pass.
 */
public final class CancelledException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** A run that is cancelled. */
  public CancelledException() {
    super("cancelled: what is done is kept, and the same run in the same folder goes on with it");
  }
}
