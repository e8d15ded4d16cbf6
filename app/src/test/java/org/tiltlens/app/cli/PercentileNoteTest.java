package org.tiltlens.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Percentiles that a harvest of something else cannot tell are missed aloud. */
class PercentileNoteTest {
  private static final String WHY = ": the harvest has 'feature:*@pre ";

  @TempDir private static Path bundle;

  @TempDir private Path folder;

  @BeforeAll
  static void writeBundle() throws IOException {
    TinyBundle.write(bundle);
  }

  private List<String> drawn(String... more) {
    List<String> arguments =
        new ArrayList<>(List.of("visualize", "--bundle", bundle.toString(), "--feature", "3"));
    arguments.addAll(
        List.of("--guidance", "tilt", "--beta", "1", "--count", "1", "--out", folder.toString()));
    arguments.addAll(List.of(more));
    return arguments;
  }

  private JsonNode runJson() throws IOException {
    return new ObjectMapper().readTree(folder.resolve("run.json").toFile()).at("/results/0");
  }

  @Test
  void aRunWithAnotherReductionSaysSoOnceAndInItsFile() throws IOException {
    String text = Outcome.of(drawn("--reduction", "max")).assertDone().out();
    assertThat(text.lines().filter(line -> line.startsWith("no percentiles" + WHY))).hasSize(1);
    assertThat(runJson().at("/note").asText()).startsWith("no percentiles" + WHY);
    assertThat(runJson().has("reached_percentile")).isFalse();
  }

  @Test
  void aRunThatHasThemSaysNothing() throws IOException {
    String text = Outcome.of(drawn()).assertDone().out();
    assertThat(text).doesNotContain("no percentiles");
    assertThat(runJson().at("/note").asText()).startsWith("of the map of 2 x 2 cells, 1 x 1 count");
    assertThat(runJson().has("reached_percentile")).isTrue();
  }

  @Test
  void anExplanationSaysSoToo() throws IOException {
    Outcome.of(drawn()).assertDone();
    Path out = folder.resolve("explained");
    String text =
        Outcome.of(
                List.of(
                    "explain",
                    "--image",
                    folder.resolve("klsc/3-0.png").toString(),
                    "--bundle",
                    bundle.toString(),
                    "--unit",
                    "feature:3@pre",
                    "--reduction",
                    "max",
                    "--out",
                    out.toString()))
            .assertDone()
            .out();
    assertThat(text.lines().filter(line -> line.startsWith("no percentile" + WHY))).hasSize(1);
    JsonNode run = new ObjectMapper().readTree(out.resolve("run.json").toFile());
    assertThat(run.at("/results/0/note").asText()).startsWith("no percentile" + WHY);
  }
}
