package org.tiltlens.study;

/** Hears how far a run is; implementations must be safe to call from several threads. */
public interface Progress {
  /** Hears nothing. */
  Progress SILENT = (what, steps) -> new Task() {};

  /**
   * A piece of work begins.
   *
   * @param what a few words for the user, such as {@code loading prior}
   * @param steps how many steps it has
   */
  Task begin(String what, long steps);

  /** A piece of work under way; closing it ends it. */
  interface Task extends AutoCloseable {
    /** {@code steps} more are done. */
    default void advance(long steps) {}

    /** A short word on the present state, such as the score. */
    default void note(String state) {}

    @Override
    default void close() {}
  }
}
