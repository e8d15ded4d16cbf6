package org.tiltlens.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class BenchOptionsTest {
  @Test
  void absentOnesHaveDefaults() {
    assertThat(BenchOptions.parse())
        .isEqualTo(new BenchOptions(List.of("small", "medium"), null, 1, 5, 2, null));
  }

  @Test
  void givenOnesAreTaken() {
    assertThat(
            BenchOptions.parse(
                "--sizes",
                "",
                "--full",
                "models",
                "--threads",
                "2",
                "--repeats",
                "3",
                "--seconds",
                "0.5",
                "--json",
                "out.json"))
        .isEqualTo(new BenchOptions(List.of(), Path.of("models"), 2, 3, 0.5, Path.of("out.json")));
  }

  @Test
  void othersAreRefusedInOneLine() {
    assertThatThrownBy(() -> BenchOptions.parse("--repeat", "3"))
        .hasMessage(
            "[--repeat]: expected --sizes, --full, --threads, --repeats, --seconds and --json"
                + " only");
    assertThatThrownBy(() -> BenchOptions.parse("--full"))
        .hasMessage("--full: expected a value after it");
    assertThatThrownBy(() -> BenchOptions.parse("--threads", "two"))
        .hasMessage("--threads: 'two', expected a number");
    assertThatThrownBy(() -> BenchOptions.parse("--threads", "1.5"))
        .hasMessage("--threads: 1.5, expected a whole number");
    assertThatThrownBy(() -> BenchOptions.parse("--sizes", "small,huge"))
        .hasMessage("--sizes: 'huge' is not known, expected some of tiny,small,medium");
    assertThatThrownBy(() -> BenchOptions.parse("--repeats", "0"))
        .hasMessage("--threads 1 --repeats 0 --seconds 2.0: expected at least 1, 1 and 0");
  }
}
