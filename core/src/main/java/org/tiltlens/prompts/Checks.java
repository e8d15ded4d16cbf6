package org.tiltlens.prompts;

/** What settings must be. */
final class Checks {
  private Checks() {}

  static void require(boolean holds, String what, Number value, String expected) {
    if (!holds) {
      throw new IllegalArgumentException(what + " " + value + ", must be " + expected);
    }
  }
}
