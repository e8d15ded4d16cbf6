package org.tiltlens.torch;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntFunction;

/**
 * Runs independent samples beside each other, each on one thread.
 *
 * <p>A network evaluated on a batch gives each image slightly different bits than evaluated alone,
 * and so does an operation split over more threads. So on the CPU a sample is computed alone, or in
 * a group that does not depend on the lanes, by operations of {@code threadsPerSample} threads, and
 * the other cores work on other samples: bits do not depend on the number of lanes.
 *
 * @param count how many samples advance at the same time, at least 1; memory grows with it
 * @param threadsPerSample threads of each operation, at least 1; changes results by rounding
 */
public record Lanes(int count, int threadsPerSample) {
  public Lanes {
    if (count < 1 || threadsPerSample < 1) {
      throw new IllegalArgumentException(
          "lanes: " + count + " x " + threadsPerSample + " threads, both must be at least 1");
    }
  }

  /**
   * Calls {@code work} for 0 .. n - 1 and returns the results in that order. Once a call fails no
   * other begins, those under way are waited for, and the failure that came first is thrown.
   * Whatever the end, no lane is at work any more: the caller may free what it uses.
   */
  public <T> List<T> map(int n, IntFunction<T> work) {
    int lanes = Math.min(count, n);
    if (lanes == 0) {
      return List.of();
    }
    ExecutorService pool =
        Executors.newFixedThreadPool(
            lanes,
            runnable -> {
              Thread thread = new Thread(runnable, "tiltlens-lane");
              thread.setDaemon(true);
              return thread;
            });
    Calls<T> calls = new Calls<>(n, work, threadsPerSample);
    for (int lane = 0; lane < lanes; lane++) {
      pool.execute(calls);
    }
    pool.shutdown();
    try {
      pool.awaitTermination(Long.MAX_VALUE, TimeUnit.DAYS);
    } catch (InterruptedException e) {
      calls.fail(new IllegalStateException("interrupted while sampling", e));
      pool.shutdownNow();
      awaitEnd(pool);
      Thread.currentThread().interrupt();
    }
    return calls.results();
  }

  /** The calls of one {@link #map}: each lane takes the next until none is left or one failed. */
  private static final class Calls<T> implements Runnable {
    private final IntFunction<T> work;
    private final int threads;
    private final AtomicInteger next = new AtomicInteger();
    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private final List<T> results;

    Calls(int n, IntFunction<T> work, int threads) {
      this.work = work;
      this.threads = threads;
      results = Collections.synchronizedList(new ArrayList<>(Collections.nCopies(n, null)));
    }

    @Override
    public void run() {
      try {
        Engine.threadsPerOperation(threads);
        for (int i = next.getAndIncrement();
            i < results.size() && failure.get() == null;
            i = next.getAndIncrement()) {
          results.set(i, work.apply(i));
        }
      } catch (Throwable e) {
        fail(e);
      }
    }

    void fail(Throwable e) {
      failure.compareAndSet(null, e);
    }

    List<T> results() {
      if (failure.get() instanceof RuntimeException e) {
        throw e;
      }
      if (failure.get() instanceof Error e) {
        throw e;
      }
      return results;
    }
  }

  /** Also if this thread is interrupted: a lane that reads freed weights ends the process. */
  private static void awaitEnd(ExecutorService pool) {
    boolean interrupted = false;
    while (!pool.isTerminated()) {
      try {
        pool.awaitTermination(1, TimeUnit.DAYS);
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
