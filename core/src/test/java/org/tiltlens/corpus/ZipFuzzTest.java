package org.tiltlens.corpus;

import com.code_intelligence.jazzer.junit.FuzzTest;
import org.junit.jupiter.api.Tag;
import org.tiltlens.fixture.FuzzedBytes;

/**
 * Runs the seeds as regression tests; searches for new ones with
 *
 * <pre>{@code
 * JAZZER_FUZZ=1 ./mvnw -pl core test -Dtest=ZipFuzzTest
 * }</pre>
 */
@Tag("fuzz")
class ZipFuzzTest {
  @FuzzTest(maxDuration = "10m")
  void opensOrRefuses(byte[] bytes) {
    FuzzedCorpus.survives(bytes, () -> ImageZip.open(FuzzedBytes.file(bytes), ""));
  }
}
