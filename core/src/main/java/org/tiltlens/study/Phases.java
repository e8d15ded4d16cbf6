package org.tiltlens.study;

import org.tiltlens.run.Cancellable;
import org.tiltlens.run.Counted;
import org.tiltlens.run.Progress;

/** How a run tells how far it is: by work of its own, or all as a part of work that runs share. */
interface Phases {
  /**
   * Work that {@link Study#units} counts.
   *
   * @param steps 0 where nobody knows
   * @param as what people count of it
   */
  Progress.Task begin(String what, long steps, Counted as);

  /** Work that it does not count. */
  Progress.Task beside(String what, long steps, Counted as);

  /** By work of its own. */
  static Phases own(Progress progress) {
    return new Phases() {
      @Override
      public Progress.Task begin(String what, long steps, Counted as) {
        return Cancellable.begin(progress, what, steps, as);
      }

      @Override
      public Progress.Task beside(String what, long steps, Counted as) {
        return begin(what, steps, as);
      }
    };
  }

  /** As a part of work that runs share, which stays open. */
  static Phases of(Progress.Task shared) {
    return new Phases() {
      @Override
      public Progress.Task begin(String what, long steps, Counted as) {
        shared.note(what);
        return new Part(shared);
      }

      @Override
      public Progress.Task beside(String what, long steps, Counted as) {
        shared.note(what);
        return new Uncounted(shared);
      }
    };
  }

  /** Tells all but its end. */
  record Part(Progress.Task whole) implements Progress.Task {
    @Override
    public void advance(long steps) {
      whole.advance(steps);
    }

    @Override
    public void skip(long steps) {
      whole.skip(steps);
    }

    @Override
    public void note(String state) {
      whole.note(state);
    }
  }

  /** Tells that it goes on. */
  record Uncounted(Progress.Task whole) implements Progress.Task {
    @Override
    public void advance(long steps) {
      whole.skip(0);
    }

    @Override
    public void note(String state) {
      whole.note(state);
    }
  }
}
