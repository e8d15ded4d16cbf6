package org.tiltlens.app.cli;

import java.io.PrintStream;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.function.LongSupplier;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.tiltlens.run.Counted;
import org.tiltlens.run.Pace;
import org.tiltlens.run.Progress;

/**
 * Progress with an ETA on standard error, for work of more than two seconds: a bar in a terminal, a
 * line every ten seconds elsewhere.
 */
final class ConsoleProgress implements Progress {
  private static final Duration SILENT_AT_FIRST = Duration.ofSeconds(2);
  private static final Duration BETWEEN_LINES = Duration.ofSeconds(10);
  private static final int WIDTH = 100;

  private static final int REFRESH_MS = 250;

  private final PrintStream err;
  private final LongSupplier clock;

  /** The launcher asks the shell; from Java 22 on, System.console() no longer tells. */
  private final boolean terminal = Boolean.getBoolean("tiltlens.terminal");

  ConsoleProgress(PrintStream err) {
    this(err, System::nanoTime);
  }

  /**
   * Progress by another clock.
   *
   * @param clock nanoseconds since whenever
   */
  ConsoleProgress(PrintStream err, LongSupplier clock) {
    this.err = err;
    this.clock = clock;
  }

  /** A run saves its state before a signal ends the process. */
  @Override
  public boolean cancelled() {
    return Stopped.isAsked();
  }

  @Override
  public Task begin(String what, long steps) {
    return begin(what, steps, Counted.STEPS);
  }

  @Override
  public Task begin(String what, long steps, Counted as) {
    return new ConsoleTask(what, steps, as);
  }

  @Override
  public void say(String line) {
    err.println("tiltlens: note: " + line);
  }

  private final class ConsoleTask implements Task {
    private final String what;
    private final long steps;
    private final Counted as;
    private final Pace pace;
    private long nextLine = clock.getAsLong() + SILENT_AT_FIRST.toNanos();
    private String state = "";
    private ProgressBar bar;

    ConsoleTask(String what, long steps, Counted as) {
      this.what = what;
      this.steps = steps;
      this.as = as;
      pace = new Pace(steps, as, clock);
    }

    @Override
    public synchronized void advance(long more) {
      pace.advance(more);
      show();
    }

    @Override
    public synchronized void skip(long more) {
      pace.skip(more);
    }

    @Override
    public synchronized void note(String note) {
      state = note;
    }

    private void show() {
      if (Stopped.isAsked()) {
        // How to go on is the last that is said.
        return;
      }
      long now = clock.getAsLong();
      if (!terminal && now > nextLine) {
        nextLine = now + BETWEEN_LINES.toNanos();
        err.println(line());
      }
      if (terminal && bar == null && pace.gone().compareTo(SILENT_AT_FIRST) > 0) {
        bar = newBar(pace.gone());
      }
      if (bar != null) {
        bar.stepTo(as.whole(shown()));
        bar.setExtraMessage(" " + as.name() + (state.isEmpty() ? "" : ", " + PlainText.of(state)));
      }
    }

    private ProgressBar newBar(Duration elapsed) {
      return new ProgressBarBuilder()
          .setTaskName(PlainText.of(what))
          .setInitialMax(isKnown() ? as.whole(steps) : -1)
          .startsFrom(0, elapsed)
          .setStyle(ProgressBarStyle.COLORFUL_UNICODE_BAR)
          .setUpdateIntervalMillis(REFRESH_MS)
          .setEtaFunction(state -> left())
          .setConsumer(new ConsoleProgressBarConsumer(PlainText.Stream.raw(err), WIDTH))
          .build();
    }

    private boolean isKnown() {
      return steps > 0;
    }

    /** Work may take more steps than were expected. */
    private long shown() {
      return isKnown() ? Math.min(pace.done(), steps) : pace.done();
    }

    private synchronized Optional<Duration> left() {
      return pace.left();
    }

    private String line() {
      String left =
          left()
              // Less than a second is not nothing.
              .map(duration -> ", %d s left".formatted((duration.toMillis() + 999) / 1000))
              .orElse(isKnown() && pace.done() >= steps ? ", finishing" : "");
      return String.format(
          Locale.ROOT,
          "%s: %s, %.0f s gone%s%s",
          what,
          as.text(shown(), isKnown() ? steps : 0),
          pace.gone().toNanos() / 1e9,
          left,
          state.isEmpty() ? "" : ", " + state);
    }

    @Override
    public void close() {
      ProgressBar drawn;
      synchronized (this) {
        drawn = bar;
      }
      // Not under the lock: it waits for its own thread, which asks once more for the time left.
      if (drawn != null) {
        drawn.close();
      }
    }
  }
}
