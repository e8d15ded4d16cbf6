package org.tiltlens.study;

import java.util.concurrent.atomic.AtomicLong;
import org.tiltlens.run.Progress;

/** Cancels a run some steps after its models are open, and counts what an earlier run left. */
public final class CancelAfter implements Progress {
  private final long most;
  private final AtomicLong done = new AtomicLong();
  private final AtomicLong restored = new AtomicLong();

  public CancelAfter(long steps) {
    most = steps;
  }

  /** Never cancels. */
  public static CancelAfter never() {
    return new CancelAfter(Long.MAX_VALUE);
  }

  @Override
  public boolean cancelled() {
    return done.get() >= most;
  }

  /** Steps taken. */
  public long done() {
    return done.get();
  }

  /** Steps that need not be done again. */
  long restored() {
    return restored.get();
  }

  @Override
  public Task begin(String what, long steps) {
    return what.startsWith("drawing") ? new Drawing() : new Task() {};
  }

  private final class Drawing implements Task {
    @Override
    public void advance(long steps) {
      done.addAndGet(steps);
    }

    @Override
    public void skip(long steps) {
      restored.addAndGet(steps);
    }
  }
}
