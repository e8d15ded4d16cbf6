package org.tiltlens.server;

import java.util.function.Consumer;
import org.tiltlens.run.Counted;
import org.tiltlens.run.Pace;
import org.tiltlens.run.Progress;

/** A job that waits or runs; what it runs tells it how far it is. */
final class LiveJob implements Progress {
  /** More often is of no use to who looks on. */
  private static final long BETWEEN_NANOS = 200_000_000;

  private final String name;
  private volatile JobFile file;
  private final Consumer<LiveJob> changed;
  private volatile boolean running;
  private volatile boolean cancelled;
  private volatile JobView.Far far;
  private volatile long told;

  /**
   * @param changed hears that there is something new to tell
   */
  LiveJob(String name, JobFile file, Consumer<LiveJob> changed) {
    this.name = name;
    this.file = file;
    this.changed = changed;
  }

  String name() {
    return name;
  }

  JobFile file() {
    return file;
  }

  /**
   * It has its turn.
   *
   * @param begun its file, which says so
   */
  void start(JobFile begun) {
    file = begun;
    running = true;
    changed.accept(this);
  }

  void cancel() {
    cancelled = true;
  }

  boolean isRunning() {
    return running;
  }

  /** How far it is; null before anything began. */
  JobView.Far far() {
    return far;
  }

  @Override
  public boolean cancelled() {
    return cancelled;
  }

  @Override
  public Task begin(String what, long steps) {
    return begin(what, steps, Counted.STEPS);
  }

  @Override
  public Task begin(String what, long steps, Counted as) {
    LiveTask task = new LiveTask(what, steps, as);
    task.tell();
    return task;
  }

  private void tell(JobView.Far now, boolean anyway) {
    long time = System.nanoTime();
    synchronized (this) {
      far = now;
      if (!anyway && time - told < BETWEEN_NANOS) {
        return;
      }
      told = time;
    }
    changed.accept(this);
  }

  private final class LiveTask implements Task {
    private final String what;
    private final long steps;
    private final Counted as;
    private final Pace pace;

    LiveTask(String what, long steps, Counted as) {
      this.what = what;
      this.steps = steps;
      this.as = as;
      pace = new Pace(steps, as, System::nanoTime);
    }

    @Override
    public synchronized void advance(long more) {
      pace.advance(more);
      LiveJob.this.tell(now(), false);
    }

    @Override
    public synchronized void skip(long more) {
      pace.skip(more);
      LiveJob.this.tell(now(), false);
    }

    void tell() {
      LiveJob.this.tell(now(), true);
    }

    private JobView.Far now() {
      // Work may take more steps than were expected.
      long shown = steps > 0 ? Math.min(pace.done(), steps) : pace.done();
      return new JobView.Far(
          what,
          shown,
          steps,
          as.text(shown, steps),
          pace.left().map(left -> (left.toMillis() + 999) / 1000).orElse(null));
    }
  }
}
