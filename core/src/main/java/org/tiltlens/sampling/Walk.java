package org.tiltlens.sampling;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.LongAdder;
import org.tiltlens.run.Progress;
import org.tiltlens.synthesis.Trajectory;
import org.tiltlens.torch.CancelledException;

/**
 * Takes a sampler's steps from noise to images, or on from where an earlier process left them, and
 * keeps what is under way on disk. Safe to use from several threads.
 */
public final class Walk {
  /** How much work a kill may cost. */
  public static final Duration SAVE_EVERY = Duration.ofSeconds(20);

  private final long saveNanos;
  private final LongAdder stepNanos = new LongAdder();
  private final LongAdder stepsTaken = new LongAdder();

  /**
   * @param saveEvery how long work that is under way may stay unsaved, but for the step that is
   *     being taken
   */
  public Walk(Duration saveEvery) {
    saveNanos = saveEvery.toNanos();
  }

  /**
   * All steps of a course; the caller closes the result. Where it is cancelled, its state is saved.
   *
   * @param underWay where unfinished work is kept
   */
  public <S extends AutoCloseable> S finish(Course<S> course, Path underWay, Progress.Task task)
      throws IOException {
    S now = Files.exists(underWay) ? course.read(underWay) : course.start();
    boolean ours = true;
    try {
      task.skip((long) course.images() * course.step(now));
      long saved = System.nanoTime();
      while (!course.isDone(now)) {
        long before = System.nanoTime();
        // A course closes what it is given, also where it fails.
        ours = false;
        now = course.advance(now);
        ours = true;
        long after = System.nanoTime();
        stepNanos.add(after - before);
        stepsTaken.increment();
        task.note(course.note(now));
        advance(course, now, underWay, task);
        if (after - saved >= saveNanos) {
          course.write(underWay, now);
          saved = after;
        }
      }
      return now;
    } catch (IOException | RuntimeException | Error e) {
      if (ours) {
        close(now, e);
      }
      throw e;
    }
  }

  private static <S extends AutoCloseable> void advance(
      Course<S> course, S now, Path underWay, Progress.Task task) throws IOException {
    try {
      task.advance(course.images());
    } catch (CancelledException e) {
      course.write(underWay, now);
      throw e;
    }
  }

  private static void close(AutoCloseable state, Throwable failure) {
    try {
      state.close();
    } catch (Exception e) {
      failure.addSuppressed(e);
    }
  }

  /**
   * Draws some samples together and hands each on by itself; what was kept of their way is deleted.
   *
   * @param keep what becomes of a sample; its trajectory is closed afterwards
   */
  public void eachSample(Course.Guided course, Path underWay, Keeper keep, Progress.Task task)
      throws IOException {
    try (Trajectory done = finish(course, underWay, task)) {
      for (int row = 0; row < course.samples().size(); row++) {
        try (Trajectory one = done.row(row)) {
          keep.keep(course.samples().get(row), one);
        }
      }
    }
    Files.deleteIfExists(underWay);
  }

  /** Keeps a sample whose steps are all taken. */
  public interface Keeper {
    void keep(int sample, Trajectory drawn) throws IOException;
  }

  /** Mean seconds of a step of one course; null if there was nothing left to draw. */
  public Double secondsPerStep() {
    long steps = stepsTaken.sum();
    return steps == 0 ? null : stepNanos.sum() / 1e9 / steps;
  }
}
