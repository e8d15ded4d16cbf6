package org.tiltlens.text;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.fixture.FuzzedBytes;

/**
 * Runs the seeds as regression tests; searches for new ones with
 *
 * <pre>{@code
 * JAZZER_FUZZ=1 ./mvnw -pl core test -Dtest=ClipTokenizerFuzzTest#readsMergesOrRefuses
 * JAZZER_FUZZ=1 ./mvnw -pl core test -Dtest=ClipTokenizerFuzzTest#readsVocabulariesOrRefuses
 * JAZZER_FUZZ=1 ./mvnw -pl core test -Dtest=ClipTokenizerFuzzTest#encodesAnyText
 * }</pre>
 */
@Tag("fuzz")
class ClipTokenizerFuzzTest {
  private static final ClipTokenizer PUBLISHED = ClipTokenizer.published();

  /** Plain and packed. */
  @FuzzTest(maxDuration = "10m")
  void readsMergesOrRefuses(byte[] bytes) {
    Path file = FuzzedBytes.file(bytes);
    FuzzedBytes.bounded(
        bytes.length, CheckpointException.class, () -> ClipTokenizer.open(file).encode("a text"));
  }

  /** A vocabulary beside two merges. */
  @FuzzTest(maxDuration = "10m")
  void readsVocabulariesOrRefuses(byte[] bytes) {
    Path folder = Holder.FOLDER;
    try {
      Files.write(folder.resolve("vocab.json"), bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    FuzzedBytes.bounded(
        bytes.length, CheckpointException.class, () -> ClipTokenizer.open(folder).encode("a text"));
  }

  @FuzzTest(maxDuration = "10m")
  void encodesAnyText(byte[] bytes) {
    String text = new String(bytes, StandardCharsets.UTF_8);
    FuzzedBytes.bounded(
        bytes.length,
        IllegalArgumentException.class,
        () -> PUBLISHED.decode(PUBLISHED.encode(text)));
  }

  private static final class Holder {
    static final Path FOLDER = create();

    private static Path create() {
      try {
        Path folder = Files.createTempDirectory("tiltlens");
        Files.writeString(folder.resolve("merges.txt"), "#version: 0.2\ni n\nin g\n");
        return folder;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
