package org.tiltlens.app.cli;

import java.io.PrintStream;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Says on standard error what is being opened: at once, and again where one part of it takes over
 * two seconds.
 */
final class Opening implements Consumer<String>, AutoCloseable {
  private static final int FIRST_SECONDS = 2;
  private static final int BETWEEN_SECONDS = 10;

  private final PrintStream err;
  private final long start = System.nanoTime();
  private final ScheduledExecutorService clock =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread thread = new Thread(task, "opening");
            thread.setDaemon(true);
            return thread;
          });

  private volatile String part = "";

  /**
   * Says that it begins.
   *
   * @param what is opened
   */
  Opening(PrintStream err, String what) {
    this.err = err;
    err.println("tiltlens: opening " + what);
    clock.scheduleAtFixedRate(this::still, FIRST_SECONDS, BETWEEN_SECONDS, TimeUnit.SECONDS);
  }

  /** Another part of it is opened. */
  @Override
  public void accept(String next) {
    part = next;
  }

  private void still() {
    long gone = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - start);
    err.println("tiltlens: opening " + part + ", " + gone + " s gone");
  }

  /** All is open, or cannot be. */
  @Override
  public void close() {
    clock.shutdownNow();
  }
}
