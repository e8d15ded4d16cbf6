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

  private static final String PERCENT = "%";

  public Counted {
    if (each < 1) {
      throw new IllegalArgumentException(
          "one of the " + name + " is " + each + " steps, must be at least 1");
    }
  }

  /** Steps that are what people count, such as {@code images}. */
  public static Counted of(String name) {
    return new Counted(name, 1);
  }

  /**
   * Steps of unlike pieces of work, of which nothing but their share says anything.
   *
   * @param steps of them all; 0 where nobody knows
   */
  public static Counted share(long steps) {
    return new Counted(PERCENT, Math.max(1, (steps + 99) / 100));
  }

  /** Whether the steps are of unlike work, so that the first say little of the others. */
  public boolean isShare() {
    return name.equals(PERCENT);
  }

  /** How many are whole. */
  public long whole(long steps) {
    return steps / each;
  }

  /**
   * How far it is, such as {@code 3 of 16 images} or {@code 43 %}.
   *
   * @param done steps, of all if these are known
   * @param all 0 where nobody knows
   */
  public String text(long done, long all) {
    if (isShare() && all > 0) {
      return 100 * done / all + " %";
    }
    return whole(done) + (all > 0 ? " of " + whole(all) : "") + (name.isEmpty() ? "" : " " + name);
  }
}
