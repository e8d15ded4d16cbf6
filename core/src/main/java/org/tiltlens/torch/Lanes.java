package org.tiltlens.torch;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;

/**
 * Runs independent samples beside each other, each on one thread.
 *
 * <p>A network evaluated on a batch gives each image slightly different bits than evaluated alone,
 * and so does an operation split over more threads. So on the CPU a sample is always computed
 * alone, by operations of {@code threadsPerSample} threads, and the other cores work on other
 * samples: the bits of a sample depend on neither the batch size nor the number of lanes, and
 * throughput on small networks is as good as batching's.
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
   * Calls {@code work} for 0 .. n - 1 and returns the results in that order; the first failure
   * stops the rest. Whatever the end, no lane is at work any more: the caller may free what it
   * uses.
   */
  public <T> List<T> map(int n, IntFunction<T> work) {
    ExecutorService pool =
        Executors.newFixedThreadPool(
            Math.max(1, Math.min(count, n)),
            runnable -> {
              Thread thread = new Thread(runnable, "tiltlens-lane");
              thread.setDaemon(true);
              return thread;
            });
    try {
      List<Future<T>> futures = new ArrayList<>();
      for (int i = 0; i < n; i++) {
        int index = i;
        futures.add(
            pool.submit(
                () -> {
                  Engine.threadsPerOperation(threadsPerSample);
                  return work.apply(index);
                }));
      }
      List<T> results = new ArrayList<>();
      for (Future<T> future : futures) {
        results.add(future.get());
      }
      return results;
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      if (e.getCause() instanceof Error cause) {
        throw cause;
      }
      throw new IllegalStateException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while sampling", e);
    } finally {
      pool.shutdownNow();
      awaitEnd(pool);
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
