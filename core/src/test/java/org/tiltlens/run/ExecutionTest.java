package org.tiltlens.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ExecutionTest {
  @Test
  void isWrittenAsWhatItIsMadeOf() throws IOException {
    assertThat(new ObjectMapper().readTree(Json.write(Execution.onCpu(1))).fieldNames())
        .toIterable()
        .containsExactly("device", "batch", "threads", "threads_per_image");
  }

  /** Too many threads end the process within the engine, without a word. */
  @ParameterizedTest
  @CsvSource({
    "0, 1, 1, illegal batch: 0",
    "1, 0, 1, illegal threads: 0",
    "1, 1, 0, illegal threadsPerImage: 0",
    "1, 100000, 1, illegal threads: 100000",
    "1, 1, 20000, illegal threadsPerImage: 20000"
  })
  void numbersThatNoMachineHasAreRefused(int batch, int threads, int each, String why) {
    assertThatThrownBy(() -> new Execution("cpu", batch, threads, each))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(why);
  }
}
