package org.tiltlens.training;

/** Hears of every step of a training. */
@FunctionalInterface
public interface TrainingProgress {
  /** Hears nothing. */
  TrainingProgress SILENT = (steps, seconds, loss) -> {};

  /**
   * A step is done.
   *
   * @param steps steps done, those before a resume included
   * @param seconds time spent, that before a resume included
   * @param loss the step's loss
   */
  void stepped(long steps, double seconds, double loss);
}
