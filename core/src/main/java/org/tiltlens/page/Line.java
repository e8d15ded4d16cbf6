package org.tiltlens.page;

/**
 * A number of a set of images.
 *
 * @param value the number
 * @param low lower end of the range in which other images would put it; null if none is known
 * @param high upper end; null with the lower
 */
public record Line(Reading value, Reading low, Reading high) {
  /** A number whose range is not known. */
  public static Line of(Reading value) {
    return new Line(value, null, null);
  }
}
