package org.tiltlens.run;

import org.tiltlens.torch.CancelledException;

/**
 * A piece of work that ends where {@link Progress#cancelled} is found true: its {@link #advance}
 * throws, in whichever loop that is called, so what must be saved then is saved by who catches it.
 */
public record Cancellable(Progress.Task task, Progress progress) implements Progress.Task {
  /**
   * Begins a piece of work.
   *
   * @throws CancelledException if the run is to end
   */
  public static Progress.Task begin(Progress progress, String what, long steps) {
    return begin(progress, what, steps, Counted.STEPS);
  }

  /**
   * The same of work whose steps are not what people count.
   *
   * @param steps 0 where nobody knows
   */
  public static Progress.Task begin(Progress progress, String what, long steps, Counted as) {
    requireWanted(progress);
    return new Cancellable(progress.begin(what, steps, as), progress);
  }

  private static void requireWanted(Progress progress) {
    if (progress.cancelled()) {
      throw new CancelledException();
    }
  }

  @Override
  public void advance(long steps) {
    task.advance(steps);
    requireWanted(progress);
  }

  @Override
  public void skip(long steps) {
    task.skip(steps);
  }

  @Override
  public void note(String state) {
    task.note(state);
  }

  @Override
  public void close() {
    task.close();
  }
}
