package org.tiltlens.synthesis;

/** What settings of the methods must be. */
final class Checks {
  private Checks() {}

  static void atLeastOne(String what, int value) {
    require(value >= 1, what, value, "at least 1");
  }

  static void positive(String what, double value) {
    require(value > 0 && Double.isFinite(value), what, value, "above 0 and finite");
  }

  static void notNegative(String what, double value) {
    require(value >= 0 && Double.isFinite(value), what, value, "at least 0 and finite");
  }

  /** The side of an image. */
  static void size(int size) {
    require(size >= 2, "side of the image", size, "at least 2 pixels");
  }

  private static void require(boolean holds, String what, Number value, String expected) {
    if (!holds) {
      throw new IllegalArgumentException(what + " " + value + ", must be " + expected);
    }
  }
}
