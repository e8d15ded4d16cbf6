package org.tiltlens.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.tiltlens.study.StudyRuns.specResult;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiltlens.run.Execution;
import org.tiltlens.run.Progress;

/** A run whose networks multiply in 16 bits: the same but by rounding, and another one. */
class PrecisionStudyTest {
  private static final Execution FULL = new Execution("cpu", 1, 1, 1);

  @TempDir private Path folder;

  @Test
  void bitsPerDimAreTheSameButByRounding() throws IOException {
    double full = bits(FULL, folder.resolve("full"));
    double half = bits(FULL.in("bf16"), folder.resolve("half"));
    assertThat(half).isNotEqualTo(full).isCloseTo(full, within(0.1 * Math.abs(full)));
    assertThat(specResult(folder.resolve("half")).execution().precision()).isEqualTo("bf16");
  }

  private static double bits(Execution execution, Path out) throws IOException {
    return run(execution, out).results().get(0).meanBitsPerDim();
  }

  private static StudyResult run(Execution execution, Path out) throws IOException {
    return Study.run("visualize", StudyRuns.spec(1, 2), execution, out, Progress.SILENT);
  }

  @Test
  void aFolderOfAnotherPrecisionIsNotTakenForThisRun() throws IOException {
    run(FULL, folder);
    assertThatThrownBy(() -> run(FULL.in("bf16"), folder))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("other settings");
  }
}
