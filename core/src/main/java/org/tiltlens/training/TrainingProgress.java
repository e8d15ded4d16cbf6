package org.tiltlens.training;

import org.tiltlens.torch.CancelledException;

/**
 * Hears of every step of a training, and of the images drawn or looked at to measure its result.
 */
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

  /**
   * A sample of the trained prior is drawn; may be called by several threads.
   *
   * @param done samples drawn
   * @param samples how many there will be
   */
  default void sampled(int done, int samples) {}

  /**
   * Held-out images have been reconstructed.
   *
   * @param done images so far
   * @param images how many there will be
   */
  default void measured(int done, int images) {}

  /**
   * Whether the run should end; asked after every step and every sample or batch of
   * reconstructions, also by several threads, and once true to stay so.
   *
   * <p>The run then writes its checkpoint, frees its weights and throws {@link CancelledException};
   * {@link TrainingRun#resumed} goes on from there, to the same bits as an undisturbed training.
   */
  default boolean cancelled() {
    return false;
  }
}
