package org.tiltlens.run;

/**
 * What people count where a piece of work counts steps.
 *
 * @param name in the plural, such as {@code images}; empty for the steps themselves
 * @param each steps of one, at least 1
 */
public record Counted(String name, long each) {
  /** Steps as they are. */
  public static final Counted STEPS = new Counted("", 1);

  public Counted {
    if (each < 1) {
      throw new IllegalArgumentException(
          "one of the " + name + " is " + each + " steps, must be at least 1");
    }
  }

  /** How many are whole. */
  public long whole(long steps) {
    return steps / each;
  }
}
