package org.tiltlens.app.cli;

import java.util.Locale;
import java.util.function.LongSupplier;
import org.tiltlens.run.Progress;
import org.tiltlens.training.TrainingProgress;

/** Shows a training, then the images drawn or looked at to measure it, one after the other. */
final class TrainingView implements TrainingProgress, AutoCloseable {
  private final Progress progress;
  private final boolean inSeconds;
  private final long units;
  private final LongSupplier clock;
  private final long begun;
  private Progress.Task task;
  private boolean measuring;
  private int seen;
  private Long shown;
  private double smooth = Double.NaN;

  /**
   * A view of a training that begins now.
   *
   * @param inSeconds whether its length is a time: then it counts seconds, else steps
   * @param units how many
   */
  TrainingView(Progress progress, String what, boolean inSeconds, long units) {
    this(progress, what, inSeconds, units, System::nanoTime);
  }

  /**
   * The same by another clock.
   *
   * @param clock nanoseconds since whenever
   */
  TrainingView(Progress progress, String what, boolean inSeconds, long units, LongSupplier clock) {
    this.progress = progress;
    this.inSeconds = inSeconds;
    this.units = units;
    this.clock = clock;
    begun = clock.getAsLong();
    task = progress.begin("training " + what, units);
  }

  @Override
  public void stepped(long steps, double seconds, double loss) {
    smooth = Double.isNaN(smooth) ? loss : 0.98 * smooth + 0.02 * loss;
    task.note(String.format(Locale.ROOT, "step %d, loss %.4f", steps, smooth));
    if (shown == null) {
      shown = inSeconds ? (long) Math.max(0, seconds - own()) : steps - 1;
      task.skip(shown);
    }
    // The last step may pass a limit of time.
    long done = inSeconds ? Math.min((long) seconds, units) : steps;
    task.advance(done - shown);
    shown = done;
  }

  @Override
  public boolean cancelled() {
    return progress.cancelled();
  }

  /** Seconds of this process; what a training says beyond was before a resume. */
  private double own() {
    return (clock.getAsLong() - begun) / 1e9;
  }

  @Override
  public synchronized void sampled(int done, int samples) {
    after("drawing samples", samples);
    task.advance(1);
  }

  @Override
  public synchronized void measured(int done, int images) {
    after("reconstructing images", images);
    task.advance(done - seen);
    seen = done;
  }

  /** Begins to show what comes after the training. */
  private void after(String what, int images) {
    if (!measuring) {
      measuring = true;
      task.close();
      task = progress.begin(what, images);
    }
  }

  @Override
  public synchronized void close() {
    task.close();
  }
}
