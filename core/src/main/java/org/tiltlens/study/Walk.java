package org.tiltlens.study;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.LongAdder;
import org.tiltlens.synthesis.GuidedSampler;
import org.tiltlens.synthesis.Trajectory;
import org.tiltlens.torch.Device;

/**
 * Takes a sampler's steps from noise to images, or on from where an earlier process left them, and
 * keeps what is under way on disk. Safe to use from several threads.
 */
final class Walk {
  private final long seed;
  private final Device device;
  private final long saveNanos;
  private final LongAdder stepNanos = new LongAdder();
  private final LongAdder stepsTaken = new LongAdder();

  /**
   * @param saveEvery how long work that is under way may stay unsaved
   */
  Walk(long seed, Device device, Duration saveEvery) {
    this.seed = seed;
    this.device = device;
    saveNanos = saveEvery.toNanos();
  }

  /**
   * All steps of some samples; the caller closes the result.
   *
   * @param underWay where unfinished work is kept
   */
  Trajectory finish(GuidedSampler sampler, List<Integer> samples, Path underWay, Progress.Task task)
      throws IOException {
    Trajectory now =
        Files.exists(underWay)
            ? TrajectoryFile.read(underWay, device)
            : sampler.start(seed, samples);
    task.advance((long) samples.size() * now.step());
    long saved = System.nanoTime();
    while (!sampler.isDone(now)) {
      long before = System.nanoTime();
      now = sampler.advance(now);
      long after = System.nanoTime();
      stepNanos.add(after - before);
      stepsTaken.increment();
      task.advance(samples.size());
      task.note(String.format(Locale.ROOT, "score %.3f", now.score().get(0)));
      if (after - saved >= saveNanos) {
        TrajectoryFile.write(underWay, now);
        saved = after;
      }
    }
    return now;
  }

  /** Mean seconds of a step of one batch; null if there was nothing left to draw. */
  Double secondsPerStep() {
    long steps = stepsTaken.sum();
    return steps == 0 ? null : stepNanos.sum() / 1e9 / steps;
  }
}
