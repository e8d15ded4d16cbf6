package org.tiltlens.run;

import java.util.List;

/** Bounds that specs share: against slips, as what is counted takes minutes to hours or memory. */
public final class Bounds {
  /** Images in one run. */
  public static final int MAX_COUNT = 100_000;

  /** Particles in one run; all of them are in memory. */
  public static final int MAX_PARTICLES = 100_000;

  private Bounds() {}

  /** Checks that a number is within bounds, both included. */
  public static void within(String field, long value, long low, long high) {
    if (value < low || value > high) {
      throw new SpecException("illegal {" + field + "}: %s, must be in %s..%s", value, low, high);
    }
  }

  /**
   * Checks that there are enough particles to show.
   *
   * @param particles null where there are none
   */
  public static void requireParticles(Integer particles, int count) {
    if (particles == null) {
      return;
    }
    within("particles", particles, 2, MAX_PARTICLES);
    if (count > particles) {
      throw new SpecException(
          "%s images of %s particles: give {particles} %s or more", count, particles, count);
    }
  }

  /** Checks that particles are enough for so many clouds. */
  public static void requireClouds(int clouds, int particles) {
    if (clouds < 1 || clouds > particles / 2) {
      throw new SpecException(
          "{clouds} %s of %s particles: expected 1 to %s, so that each has two",
          clouds, particles, particles / 2);
    }
  }

  /**
   * Checks that a value is there where a setting needs it, and only there.
   *
   * @param field the value's
   * @param setting as in {@link SpecException}'s templates, such as {@code {objective} hinge}
   */
  public static void onlyWith(String field, Object value, String setting, boolean set) {
    if (set && value == null) {
      throw new SpecException(setting + " needs {" + field + "}");
    }
    if (!set && value != null) {
      throw new SpecException("{" + field + "} %s has a meaning only with " + setting, value);
    }
  }

  /**
   * Refuses a word that is none of the known ones.
   *
   * @throws IllegalArgumentException if it is not
   */
  public static void requireWord(String field, String value, List<String> known) {
    if (value == null || !known.contains(value)) {
      throw unknown(field, value, known);
    }
  }

  /** Says which words there are. */
  public static IllegalArgumentException unknown(String field, String value, List<String> known) {
    return new SpecException(
        "illegal {" + field + "} '%s', expected one of %s", value, String.join(", ", known));
  }
}
