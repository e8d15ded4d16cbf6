package org.tiltlens.run;

import org.tiltlens.torch.CancelledException;

/** Hears how far a run is, and may end it; implementations must be safe to call from threads. */
public interface Progress {
  /** Hears nothing. */
  Progress SILENT = (what, steps) -> new Task() {};

  /**
   * A piece of work begins.
   *
   * @param what a few words for the user, such as {@code loading prior}
   * @param steps how many steps it has; 0 where nobody knows
   */
  Task begin(String what, long steps);

  /**
   * The same of work whose steps are not what people count.
   *
   * @param steps how many steps it has; 0 where nobody knows
   * @param as what is told of them
   */
  default Task begin(String what, long steps, Counted as) {
    return begin(what, steps);
  }

  /**
   * Whether the run should end; asked after every step of a piece of work, and once true to stay
   * so.
   *
   * <p>The run then saves what it has, frees its models and throws {@link CancelledException}. The
   * same call with the same folder goes on from there, to the same bits as an undisturbed run.
   */
  default boolean cancelled() {
    return false;
  }

  /** A line for the user on what a run does, such as what its numbers do not rest on. */
  default void say(String line) {}

  /** A piece of work under way; closing it ends it. */
  interface Task extends AutoCloseable {
    /** {@code steps} more are done. */
    default void advance(long steps) {}

    /**
     * {@code steps} more need not be done: an earlier process did them, or they turned out not to
     * be needed. They say nothing of how fast the work is.
     */
    default void skip(long steps) {
      advance(steps);
    }

    /** A short word on the present state, such as the score. */
    default void note(String state) {}

    @Override
    default void close() {}
  }
}
