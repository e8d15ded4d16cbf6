package org.tiltlens.app.cli;

import java.io.PrintStream;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.DelegatingProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.tiltlens.study.Progress;

/**
 * Progress bars with an ETA on standard error; a plain line every ten seconds where that is not a
 * terminal.
 */
final class ConsoleProgress implements Progress {
  private static final int WIDTH = 100;
  private static final int TERMINAL_REFRESH_MS = 250;
  private static final int LOG_REFRESH_MS = 10_000;

  private final PrintStream err;
  private final boolean terminal;

  ConsoleProgress(PrintStream err) {
    this.err = err;
    // The launcher asks the shell; from Java 22 on, System.console() no longer tells.
    this.terminal = Boolean.getBoolean("tiltlens.terminal");
  }

  @Override
  public Task begin(String what, long steps) {
    ProgressBar bar =
        new ProgressBarBuilder()
            .setTaskName(what)
            .setInitialMax(steps)
            .setStyle(terminal ? ProgressBarStyle.COLORFUL_UNICODE_BAR : ProgressBarStyle.ASCII)
            .setUpdateIntervalMillis(terminal ? TERMINAL_REFRESH_MS : LOG_REFRESH_MS)
            .setConsumer(
                terminal
                    ? new ConsoleProgressBarConsumer(err, WIDTH)
                    : new DelegatingProgressBarConsumer(err::println, WIDTH))
            .build();
    return new Task() {
      @Override
      public void advance(long done) {
        bar.stepBy(done);
      }

      @Override
      public void note(String state) {
        bar.setExtraMessage(" " + state);
      }

      @Override
      public void close() {
        bar.close();
      }
    };
  }
}
