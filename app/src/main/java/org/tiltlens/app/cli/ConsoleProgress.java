package org.tiltlens.app.cli;

import java.io.PrintStream;
import java.time.Duration;
import java.util.Locale;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.tiltlens.study.Progress;

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

  /** The launcher asks the shell; from Java 22 on, System.console() no longer tells. */
  private final boolean terminal = Boolean.getBoolean("tiltlens.terminal");

  ConsoleProgress(PrintStream err) {
    this.err = err;
  }

  @Override
  public Task begin(String what, long steps) {
    return new ConsoleTask(what, steps);
  }

  private final class ConsoleTask implements Task {
    private final String what;
    private final long steps;
    private final long start = System.nanoTime();
    private long nextLine = start + SILENT_AT_FIRST.toNanos();
    private long done;
    private String state = "";
    private ProgressBar bar;

    ConsoleTask(String what, long steps) {
      this.what = what;
      this.steps = steps;
    }

    @Override
    public synchronized void advance(long more) {
      done += more;
      show();
    }

    @Override
    public synchronized void note(String note) {
      state = note;
    }

    private void show() {
      long now = System.nanoTime();
      if (!terminal && now > nextLine) {
        nextLine = now + BETWEEN_LINES.toNanos();
        err.println(line(now));
      }
      if (terminal && bar == null && now - start > SILENT_AT_FIRST.toNanos()) {
        bar = newBar(Duration.ofNanos(now - start));
      }
      if (bar != null) {
        bar.stepTo(done);
        bar.setExtraMessage(" " + state);
      }
    }

    private ProgressBar newBar(Duration elapsed) {
      return new ProgressBarBuilder()
          .setTaskName(what)
          .setInitialMax(steps)
          .startsFrom(0, elapsed)
          .setStyle(ProgressBarStyle.COLORFUL_UNICODE_BAR)
          .setUpdateIntervalMillis(REFRESH_MS)
          .setConsumer(new ConsoleProgressBarConsumer(err, WIDTH))
          .build();
    }

    private String line(long now) {
      double seconds = (now - start) / 1e9;
      String left = done == 0 ? "?" : Math.round(seconds / done * (steps - done)) + " s";
      return String.format(
          Locale.ROOT,
          "%s: %d of %d, %.0f s gone, %s left%s",
          what,
          done,
          steps,
          seconds,
          left,
          state.isEmpty() ? "" : ", " + state);
    }

    @Override
    public synchronized void close() {
      if (bar != null) {
        bar.close();
      }
    }
  }
}
