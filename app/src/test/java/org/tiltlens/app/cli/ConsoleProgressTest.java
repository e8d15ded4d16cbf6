package org.tiltlens.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.tiltlens.run.Counted;
import org.tiltlens.run.Progress;

class ConsoleProgressTest {
  private static final String TERMINAL = "tiltlens.terminal";

  private final AtomicLong now = new AtomicLong();
  private final ByteArrayOutputStream written = new ByteArrayOutputStream();
  private final Progress progress =
      new ConsoleProgress(new PrintStream(written, true, StandardCharsets.UTF_8), now::get);

  private void pass(long seconds) {
    now.addAndGet(TimeUnit.SECONDS.toNanos(seconds));
  }

  private List<String> lines() {
    return written.toString(StandardCharsets.UTF_8).lines().toList();
  }

  /** The bar's own thread asks for the time left while the one that closes it waits for it. */
  @Test
  @Timeout(value = 2, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void aBarInATerminalEnds() {
    Thread closing = Thread.currentThread();
    AtomicBoolean closes = new AtomicBoolean();
    LongSupplier clock =
        () -> {
          while (Thread.currentThread() != closing
              && closes.get()
              && closing.getState() == Thread.State.RUNNABLE) {
            Thread.onSpinWait();
          }
          return now.get();
        };
    System.setProperty(TERMINAL, "true");
    try {
      Progress bars = new ConsoleProgress(new PrintStream(written, true), clock);
      try (Progress.Task task = bars.begin("drawing", 100)) {
        pass(20);
        task.advance(50);
        closes.set(true);
      }
    } finally {
      System.clearProperty(TERMINAL);
    }
    assertThat(written.toString(StandardCharsets.UTF_8)).contains("drawing", "50/100");
  }

  @Test
  void whatARunSaysIsALineAtOnce() {
    progress.say("half of it");
    assertThat(lines()).containsExactly("tiltlens: note: half of it");
  }

  /** 90 of 100 are there; the 91st took 20 s, so the 9 others take 180 s. */
  @Test
  void theTimeLeftCountsWhatThisProcessDid() {
    try (Progress.Task task = progress.begin("drawing", 100)) {
      task.skip(90);
      pass(20);
      task.advance(1);
    }
    assertThat(lines()).containsExactly("drawing: 91 of 100, 20 s gone, 180 s left");
  }

  /** As annealing does, which knows no number of steps beforehand. */
  @Test
  void workThatGoesOnBeyondWhatWasExpectedNamesNoTime() {
    try (Progress.Task task = progress.begin("drawing", 10)) {
      pass(20);
      task.advance(11);
    }
    assertThat(lines()).containsExactly("drawing: 10 of 10, 20 s gone, finishing");
  }

  /** 4 images of 2 x 50 steps each: one and a half take 30 s, so the others take 50 s. */
  @Test
  void imagesAreCountedWhereTheWorkCountsSteps() {
    try (Progress.Task task = progress.begin("drawing", 400, new Counted("images", 100))) {
      pass(30);
      task.advance(150);
    }
    assertThat(lines()).containsExactly("drawing: 1 of 4 images, 30 s gone, 50 s left");
  }

  /** Unlike parts: the first hundredth says nothing of the others, two of them take 20 s each. */
  @Test
  void theBeginningOfUnlikeWorkNamesNoTime() {
    try (Progress.Task task = progress.begin("drawing", 1000, Counted.share(1000))) {
      pass(20);
      task.advance(10);
      pass(20);
      task.advance(10);
    }
    assertThat(lines())
        .containsExactly("drawing: 1 %, 20 s gone", "drawing: 2 %, 40 s gone, 1960 s left");
  }

  @Test
  void workOfUnknownLengthNamesNeitherItsEndNorATime() {
    try (Progress.Task task = progress.begin("annealing", 0, new Counted("rounds", 32))) {
      task.note("rung 1");
      pass(30);
      task.advance(96);
      pass(30);
      task.advance(32);
    }
    assertThat(lines())
        .containsExactly(
            "annealing: 3 rounds, 30 s gone, rung 1", "annealing: 4 rounds, 60 s gone, rung 1");
  }

  /** All but the last step of many, with less than a second to go. */
  @Test
  void whatIsNotDoneIsNeverSaidToTakeNoTime() {
    try (Progress.Task task = progress.begin("drawing", 1000)) {
      pass(3);
      task.advance(999);
    }
    assertThat(lines()).containsExactly("drawing: 999 of 1000, 3 s gone, 1 s left");
  }

  @Test
  void oneOfTwoSaysNothingOfTheOther() {
    try (Progress.Task task = progress.begin("loading models", 2)) {
      pass(12);
      task.advance(1);
    }
    assertThat(lines()).containsExactly("loading models: 1 of 2, 12 s gone");
  }

  /** What an earlier process did, even more than was thought, is no speed of this one. */
  @Test
  void workThatWasThereAlreadyNamesNoTime() {
    try (Progress.Task task = progress.begin("drawing", 6)) {
      task.skip(13);
      pass(20);
      task.advance(0);
    }
    assertThat(lines()).containsExactly("drawing: 6 of 6, 20 s gone, finishing");
  }

  @Test
  void aLimitOfTimeThatIsPassedLeavesNothing() {
    try (TrainingView view = new TrainingView(progress, "prior", true, 6, now::get)) {
      pass(13);
      view.stepped(1, 13.4, 0.5);
    }
    assertThat(lines())
        .containsExactly("training prior: 6 of 6, 13 s gone, finishing, step 1, loss 0.5000");
  }

  /** 40 s before the resume are no seconds of this process: 40 of its own are left of 100. */
  @Test
  void aResumedTrainingCountsItsOwnTime() {
    try (TrainingView view = new TrainingView(progress, "prior", true, 100, now::get)) {
      pass(20);
      view.stepped(8, 60, 0.5);
    }
    assertThat(lines())
        .containsExactly("training prior: 60 of 100, 20 s gone, 40 s left, step 8, loss 0.5000");
  }

  /** 50 steps before the resume, one of 20 s in this process: 49 more take 980 s. */
  @Test
  void aResumedTrainingCountsItsOwnSteps() {
    try (TrainingView view = new TrainingView(progress, "prior", false, 100, now::get)) {
      pass(20);
      view.stepped(51, 300, 0.5);
    }
    assertThat(lines())
        .containsExactly("training prior: 51 of 100, 20 s gone, 980 s left, step 51, loss 0.5000");
  }

  @Test
  void afterATrainingItsImagesAreCounted() {
    try (TrainingView view = new TrainingView(progress, "autoencoder", false, 1, now::get)) {
      pass(20);
      view.stepped(1, 20, 0.5);
      view.measured(16, 40);
      pass(20);
      view.measured(32, 40);
    }
    assertThat(lines()).last().isEqualTo("reconstructing images: 32 of 40, 20 s gone, 5 s left");
  }
}
