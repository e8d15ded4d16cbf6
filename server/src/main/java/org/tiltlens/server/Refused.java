package org.tiltlens.server;

/** A request that is not answered as asked; its message is for whoever asked. */
final class Refused extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final int status;

  /**
   * @param status of HTTP
   * @param message one line: what was asked, what was expected
   */
  Refused(int status, String message) {
    super(message);
    this.status = status;
  }

  static Refused wrong(String message) {
    return new Refused(400, message);
  }

  static Refused missing(String what) {
    return new Refused(404, what + " does not exist");
  }

  int status() {
    return status;
  }
}
