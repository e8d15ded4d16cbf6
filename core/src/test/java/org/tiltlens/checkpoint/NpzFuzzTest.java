package org.tiltlens.checkpoint;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.Consumer;
import org.junit.jupiter.api.Tag;

/**
 * Runs the seeds as regression tests; searches for new ones with
 *
 * <pre>{@code
 * JAZZER_FUZZ=1 ./mvnw -pl core test -Dtest=NpzFuzzTest#opensOrRefuses
 * JAZZER_FUZZ=1 ./mvnw -pl core test -Dtest=NpzFuzzTest#readsHeadersOrRefuses
 * }</pre>
 */
@Tag("fuzz")
class NpzFuzzTest {
  /** Whole files, stored and packed. */
  @FuzzTest(maxDuration = "10m")
  void opensOrRefuses(byte[] bytes) {
    FuzzedFile.survives(bytes);
  }

  /** One array alone, which the zip format would hide from mutations. */
  @FuzzTest(maxDuration = "10m")
  void readsHeadersOrRefuses(byte[] bytes) {
    FuzzedFile.bounded(
        bytes.length, () -> NpyHeader.read("fuzzed", new Array(bytes)).tensor("fuzzed"));
  }

  private record Array(ByteBuffer bytes) implements Region {
    Array(byte[] bytes) {
      this(ByteBuffer.wrap(bytes));
    }

    @Override
    public long size() {
      return bytes.capacity();
    }

    @Override
    public void read(long from, long count, Consumer<ByteBuffer> sink) {
      ByteBuffer piece = bytes.slice(Math.toIntExact(from), Math.toIntExact(count));
      sink.accept(piece.order(ByteOrder.LITTLE_ENDIAN));
    }
  }
}
