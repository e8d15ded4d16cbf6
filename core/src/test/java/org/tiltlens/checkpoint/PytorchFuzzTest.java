package org.tiltlens.checkpoint;

import com.code_intelligence.jazzer.junit.FuzzTest;
import org.junit.jupiter.api.Tag;

/**
 * Runs the seeds as regression tests; searches for new ones with
 *
 * <pre>{@code
 * JAZZER_FUZZ=1 ./mvnw -pl core test -Dtest=PytorchFuzzTest#opensOrRefuses
 * JAZZER_FUZZ=1 ./mvnw -pl core test -Dtest=PytorchFuzzTest#unpicklesOrRefuses
 * }</pre>
 */
@Tag("fuzz")
class PytorchFuzzTest {
  /** Whole files, zip and legacy. */
  @FuzzTest(maxDuration = "10m")
  void opensOrRefuses(byte[] bytes) {
    FuzzedFile.survives(bytes);
  }

  /** The pickle alone, which the zip format would hide from mutations. */
  @FuzzTest(maxDuration = "10m")
  void unpicklesOrRefuses(byte[] bytes) {
    FuzzedFile.bounded(
        bytes.length, () -> StateDict.of(new StateDictUnpickler(new RangeInput(bytes)).read()));
  }
}
