package org.tiltlens.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.tiltlens.study.StudyRuns.STEPS;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.tiltlens.fixture.LiveNative;
import org.tiltlens.run.Execution;
import org.tiltlens.run.Progress;
import org.tiltlens.torch.CancelledException;

/** A run that is cancelled saves all it did, and goes on to the bits of an undisturbed one. */
class CancelTest {
  private static final Execution ONE = new Execution("cpu", 1, 1, 1);

  @TempDir private Path folder;

  /** Where runs are cancelled, in steps of one lane. */
  static Stream<Arguments> places() {
    return Stream.of(
        Arguments.of("after the first step", StudyRuns.spec(2, 2), 1),
        Arguments.of("within an image", StudyRuns.spec(2, 2), STEPS + 3),
        Arguments.of(
            "within its bits per dimension", StudyRuns.spec(2, 2).withRespacing("12"), 2 * 12 + 10),
        Arguments.of("at its end", StudyRuns.spec(2, 2), STEPS),
        Arguments.of("within a method of several steps", StudyRuns.solved(1), 3),
        Arguments.of("among particles", StudyRuns.twisted(3, 2), 3 * 4),
        Arguments.of("among annealed paths", StudyRuns.exact(8, 3, 2, new AimSpec.Given(2)), 3 * 4),
        Arguments.of("on islands", StudyRuns.exact(8, 3, 2, 2, new AimSpec.Given(2)), ISLANDS),
        Arguments.of("on a ladder", StudyRuns.laddered(2, 0.0, 1.0, 2.0), 5 * STEPS + 2));
  }

  private static final int ISLANDS = 3 * 16;

  /** Nothing is saved but because of the cancel. */
  private static StudyResult run(StudySpec spec, Path to, Progress progress) throws IOException {
    return Study.run("visualize", spec, ONE, to, progress, Duration.ofDays(1));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("places")
  void goesOnWithEveryStepToTheSameBits(String where, StudySpec spec, int steps)
      throws IOException {
    StudyResult whole = run(spec, folder.resolve("whole"), Progress.SILENT);
    Path out = folder.resolve("out");
    assertThatThrownBy(() -> run(spec, out, new CancelAfter(steps)))
        .isInstanceOf(CancelledException.class);
    assertThat(out.resolve("run.json")).doesNotExist();
    CancelAfter never = CancelAfter.never();
    StudyResult resumed = run(spec, out, never);
    assertThat(StudyRuns.images(out)).isEqualTo(StudyRuns.images(folder.resolve("whole")));
    assertThat(resumed.results()).isEqualTo(whole.results());
    assertThat(never.restored()).as("steps that were saved").isEqualTo(steps);
  }

  @Test
  void aRunThatIsNotWantedBeginsNothing() {
    Path out = folder.resolve("out");
    assertThatThrownBy(() -> run(StudyRuns.spec(2, 2), out, new CancelAfter(0)))
        .isInstanceOf(CancelledException.class)
        .hasMessageContaining("goes on");
    assertThat(out).doesNotExist();
  }

  @Test
  void nothingIsLeftInMemory() {
    AtomicInteger runs = new AtomicInteger();
    long left =
        LiveNative.leftBy(
            () -> {
              Path out = folder.resolve("out" + runs.incrementAndGet());
              assertThatThrownBy(() -> run(StudyRuns.spec(1, 2), out, new CancelAfter(3)))
                  .isInstanceOf(CancelledException.class);
            });
    assertThat(left).isZero();
  }
}
