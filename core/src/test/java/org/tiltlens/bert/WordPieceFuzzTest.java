package org.tiltlens.bert;

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
 * JAZZER_FUZZ=1 ./mvnw -pl core test -Dtest=WordPieceFuzzTest#readsListsOrRefuses
 * JAZZER_FUZZ=1 ./mvnw -pl core test -Dtest=WordPieceFuzzTest#readsTokenizersOrRefuses
 * JAZZER_FUZZ=1 ./mvnw -pl core test -Dtest=WordPieceFuzzTest#encodesAnyText
 * }</pre>
 */
@Tag("fuzz")
class WordPieceFuzzTest {
  private static final WordPiece TINY = WordPiece.open(BertFiles.folder());

  @FuzzTest(maxDuration = "10m")
  void readsListsOrRefuses(byte[] bytes) {
    Path file = FuzzedBytes.file(bytes);
    FuzzedBytes.bounded(
        bytes.length, CheckpointException.class, () -> WordPiece.open(file).encode("a text"));
  }

  @FuzzTest(maxDuration = "10m")
  void readsTokenizersOrRefuses(byte[] bytes) {
    Path folder = Holder.FOLDER;
    try {
      Files.write(folder.resolve("tokenizer.json"), bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    FuzzedBytes.bounded(
        bytes.length, CheckpointException.class, () -> WordPiece.open(folder).encode("a text"));
  }

  @FuzzTest(maxDuration = "10m")
  void encodesAnyText(byte[] bytes) {
    String text = new String(bytes, StandardCharsets.UTF_8);
    FuzzedBytes.bounded(
        bytes.length, IllegalArgumentException.class, () -> TINY.decode(TINY.encode(text)));
  }

  private static final class Holder {
    static final Path FOLDER = create();

    private static Path create() {
      try {
        return Files.createTempDirectory("tiltlens");
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
