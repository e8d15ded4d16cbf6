package org.tiltlens.synthesis;

import java.util.List;

/**
 * Something that is climbed to step by step, as the images of an {@link Ascent} or a prompt: it can
 * be stopped, saved and continued after any step without changing a bit.
 */
public interface Climb {
  /** How many steps a climb takes. */
  int steps();

  /**
   * Some samples before the first step, to be climbed to together; the caller closes the result.
   *
   * <p>On the CPU take one, for its bits to be its own (see {@link org.tiltlens.torch.Batching}).
   */
  AscentState start(long seed, List<Integer> samples);

  /** The same of one. */
  default AscentState start(long seed, int sample) {
    return start(seed, List.of(sample));
  }

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
