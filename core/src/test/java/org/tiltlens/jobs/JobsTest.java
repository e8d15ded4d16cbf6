package org.tiltlens.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tiltlens.corpus.Framing;
import org.tiltlens.explain.ExplainResult;
import org.tiltlens.explain.ExplainSpec;
import org.tiltlens.run.Execution;
import org.tiltlens.run.Json;
import org.tiltlens.run.Progress;
import org.tiltlens.study.StudyRuns;
import org.tiltlens.torch.Images;
import org.tiltlens.torch.Noise;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/** Commands by their names, and by the JSON of their specs. */
class JobsTest {
  private static final Execution HOW = new Execution("cpu", 1, 1, 1);

  @TempDir private Path folder;

  /** A picture of noise, explained to the reference models. */
  private ExplainSpec spec() throws IOException {
    Path picture = folder.resolve("picture.png");
    try (Scope scope = Scope.open()) {
      Images.writePng(
          picture, Images.toImage(Tensors.scale(Noise.normal(5, 0, 0, 3, 32, 32), 0.4)));
    }
    return new ExplainSpec(
        picture.toString(),
        StudyRuns.MODELS.resolve("dinov3_convnext.pth").toString(),
        Map.of(),
        null,
        StudyRuns.MODELS.resolve("cnnsae").toString(),
        "feature:3@pre",
        "mix:0.7",
        0.5,
        Framing.crop(32),
        null,
        16,
        16,
        null,
        0,
        null,
        1,
        45);
  }

  @Test
  void namesAreOnesOwn() {
    List<String> names = Jobs.all().stream().<String>map(Command::name).toList();
    assertThat(names)
        .doesNotHaveDuplicates()
        .containsExactlyInAnyOrder(
            "visualize",
            "compose",
            "retrieve",
            "explain",
            "frontier",
            "compare",
            "demo",
            "harvest",
            "pool");
    for (Command<?, ?> command : Jobs.all()) {
      assertThat(Jobs.named(command.name())).isSameAs(command);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "Visualize", "train", "demo "})
  void anotherNameIsRefused(String name) {
    assertThatThrownBy(() -> Jobs.named(name))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "unknown command '"
                + name
                + "': use one of visualize, compose, retrieve, explain, frontier, compare, demo,"
                + " harvest, pool");
  }

  @Test
  void runsWhatAJsonSays() throws IOException {
    ExplainSpec spec = spec();
    ExplainResult found =
        Jobs.EXPLAIN.runJson(Json.write(spec), HOW, folder.resolve("out"), Progress.SILENT);
    assertThat(found.spec()).isEqualTo(spec);
    assertThat(folder.resolve("out/run.json")).isRegularFile();
    // What is finished is read, not made again.
    assertThat(Jobs.EXPLAIN.run(spec, HOW, folder.resolve("out"), Progress.SILENT))
        .isEqualTo(found);
  }

  @Test
  void folderIsTheSpecsOwn() throws IOException {
    ExplainSpec spec = spec();
    assertThat(Jobs.EXPLAIN.defaultFolder(spec))
        .isEqualTo(Jobs.EXPLAIN.defaultFolder(Json.parse(Json.write(spec), ExplainSpec.class)))
        .hasParentRaw(Path.of("tiltlens-out"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "{", "[]", "{} {", "{\"seed\": \"many\"}", "{\"vision\": \"v\"}"})
  void brokenJsonIsRefusedInOneLine(String json) {
    Path out = folder.resolve("out");
    assertThatThrownBy(() -> Jobs.RETRIEVE.runJson(json, HOW, out, Progress.SILENT))
        .isInstanceOf(IllegalArgumentException.class)
        .satisfies(
            refusal ->
                assertThat(refusal.getMessage()).startsWith("the JSON").doesNotContain("\n"));
    assertThat(out).doesNotExist();
  }
}
