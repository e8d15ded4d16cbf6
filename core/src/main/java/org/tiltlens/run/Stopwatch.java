package org.tiltlens.run;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/**
 * Wall-clock seconds of a piece of work, kept on disk beside it: what killed processes spent on it
 * counts too, what was lost with them included. Safe to use from several threads.
 */
public final class Stopwatch {
  private static final long SAVE_EVERY = TimeUnit.SECONDS.toNanos(1);

  private final Path kept;
  private final boolean known;
  private final double before;

  /**
   * @param kept where the seconds are kept
   * @param begun whether some of the work is there already: if its seconds are not, nobody knows
   *     the sum
   */
  public Stopwatch(Path kept, boolean begun) throws IOException {
    this.kept = kept;
    Double earlier = secondsOf(kept);
    known = earlier != null || (!begun && !Files.exists(kept));
    before = earlier == null ? 0 : earlier;
  }

  /** The seconds that were kept; null if none were, or the file that has them is damaged. */
  public static Double secondsOf(Path kept) throws IOException {
    if (!Files.exists(kept)) {
      return null;
    }
    try {
      return Json.read(kept, null, Double.class);
    } catch (IllegalArgumentException e) {
      return null; // No image depends on it: unknown seconds stop no run.
    }
  }

  /** Seconds since a moment of {@link System#nanoTime}. */
  public static double secondsSince(long moment) {
    return (System.nanoTime() - moment) / 1e9;
  }

  /** Work that tells a task how far it is. */
  public interface Work<T> {
    T with(Progress.Task task) throws IOException;
  }

  /** Does work, whose seconds count also if it fails. */
  public <T> T time(Progress.Task task, Work<T> work) throws IOException {
    Timed timed = new Timed(task);
    timed.save();
    try {
      return work.with(timed);
    } finally {
      timed.save();
    }
  }

  /** A task that keeps the seconds as it goes. */
  private final class Timed implements Progress.Task {
    private final Progress.Task task;
    private final long start = System.nanoTime();
    private long saved = start;

    Timed(Progress.Task task) {
      this.task = task;
    }

    @Override
    public void advance(long steps) {
      task.advance(steps);
      try {
        saveIfDue();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public void skip(long steps) {
      task.skip(steps);
    }

    @Override
    public void note(String state) {
      task.note(state);
    }

    private synchronized void saveIfDue() throws IOException {
      if (System.nanoTime() - saved >= SAVE_EVERY) {
        save();
      }
    }

    private synchronized void save() throws IOException {
      if (known) {
        saved = System.nanoTime();
        WholeFile.writeText(kept, Json.write(before + (saved - start) / 1e9));
      }
    }
  }
}
