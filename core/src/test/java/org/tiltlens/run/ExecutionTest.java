package org.tiltlens.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ExecutionTest {
  @Test
  void isWrittenAsWhatItIsMadeOf() throws IOException {
    assertThat(new ObjectMapper().readTree(Json.write(Execution.onCpu(1))).fieldNames())
        .toIterable()
        .containsExactly("device", "batch", "threads", "threads_per_image", "precision");
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

  /** What earlier releases wrote says none. */
  @Test
  void whatSaysNoPrecisionIsFloat32() {
    String written = "{\"device\":\"cpu\",\"batch\":1,\"threads\":2,\"threads_per_image\":1}";
    assertThat(Json.parse(written, Execution.class)).isEqualTo(new Execution("cpu", 1, 2, 1));
  }

  @Test
  void anotherPrecisionIsAnotherRun() {
    Execution full = new Execution("cpu", 1, 2, 1);
    assertThat(identity(full.in("bf16"))).isNotEqualTo(identity(full));
    assertThat(identity(full.in("fp32"))).isEqualTo(identity(full));
    assertThatThrownBy(() -> full.in("fp8")).hasMessageContaining("unknown `precision` 'fp8'");
  }

  private static String identity(Execution execution) {
    return RunIdentity.of("visualize", "spec", Map.of(), null, execution);
  }
}
