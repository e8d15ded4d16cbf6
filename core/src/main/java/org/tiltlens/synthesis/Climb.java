package org.tiltlens.synthesis;

/**
 * Something that is climbed to step by step, as the image of an {@link Ascent} or a prompt: it can
 * be stopped, saved and continued after any step without changing a bit.
 */
public interface Climb {
  /** How many steps a climb takes. */
  int steps();

  /** Before the first step; the caller closes the result. */
  AscentState start(long seed, int sample);

  /** Takes one step; {@code now} is closed by it. The caller closes the result. */
  AscentState advance(AscentState now);

  /** Whether all steps are taken. */
  default boolean isDone(AscentState state) {
    return state.step() >= steps();
  }

  /** A short word on a state for people who wait; empty if there is nothing to say. */
  default String note(AscentState state) {
    return "";
  }
}
