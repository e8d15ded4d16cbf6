package org.tiltlens.checkpoint;

import com.code_intelligence.jazzer.junit.FuzzTest;
import org.junit.jupiter.api.Tag;

/**
 * Runs the seeds as regression tests; searches for new ones with
 *
 * <pre>{@code
 * JAZZER_FUZZ=1 ./mvnw -pl core test -Dtest=SafetensorsFuzzTest
 * }</pre>
 */
@Tag("fuzz")
class SafetensorsFuzzTest {
  @FuzzTest(maxDuration = "10m")
  void opensOrRefuses(byte[] bytes) {
    FuzzedFile.survives(bytes);
  }
}
