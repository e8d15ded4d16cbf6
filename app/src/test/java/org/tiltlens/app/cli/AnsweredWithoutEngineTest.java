package org.tiltlens.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What a finished run found is told by a process that could not even load the engine; where a
 * corpus decides the numbers, three of its images are decoded to know it again.
 */
class AnsweredWithoutEngineTest {
  @TempDir private static Path bundle;

  @TempDir private Path folder;

  @BeforeAll
  static void writeBundle() throws IOException {
    TinyBundle.write(bundle);
    Files.copy(Path.of("../docs/demo.png"), bundle.resolve("picture.png"));
  }

  static Stream<String> commands() {
    return Stream.of(
        "visualize --feature 3 --beta 2 --count 1 --pool-size 16", "explain --unit feature:3@pre");
  }

  private List<String> arguments(String command) {
    List<String> arguments = new ArrayList<>(List.of(command.split(" ")));
    arguments.addAll(List.of("--bundle", bundle.toString(), "--json"));
    arguments.addAll(List.of("--out", folder.resolve("out").toString()));
    if (command.startsWith("explain")) {
      arguments.addAll(List.of("--image", bundle.resolve("picture.png").toString()));
    }
    return arguments;
  }

  private String withoutEngine(List<String> arguments) throws Exception {
    Path log = folder.resolve("log");
    OwnProcess.withoutEngine(arguments, log).waitFor();
    return Files.readString(log);
  }

  @ParameterizedTest
  @MethodSource("commands")
  void answers(String command) throws Exception {
    List<String> arguments = arguments(command);
    Outcome.of(arguments).assertDone();
    assertThat(withoutEngine(arguments))
        .contains("\"model_sha256\"")
        .doesNotContain("Exception", "Error");
  }

  @Test
  void butCannotDraw() throws Exception {
    assertThat(withoutEngine(arguments("visualize --feature 3 --beta 2 --count 1")))
        .contains("tiltlens: the tensor engine cannot be started", "class path")
        .doesNotContain("Exception", "Error", "null");
  }
}
