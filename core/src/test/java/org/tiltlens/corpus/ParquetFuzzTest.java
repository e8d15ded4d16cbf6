package org.tiltlens.corpus;

import com.code_intelligence.jazzer.junit.FuzzTest;
import org.junit.jupiter.api.Tag;

/**
 * Runs the seeds as regression tests; searches for new ones with
 *
 * <pre>{@code
 * JAZZER_FUZZ=1 ./mvnw -pl core test -Dtest=ParquetFuzzTest
 * }</pre>
 */
@Tag("fuzz")
class ParquetFuzzTest {
  @FuzzTest(maxDuration = "10m")
  void opensOrRefuses(byte[] bytes) {
    FuzzedCorpus.survivesAsTable(bytes);
  }
}
