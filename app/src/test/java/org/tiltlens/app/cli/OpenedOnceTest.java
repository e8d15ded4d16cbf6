package org.tiltlens.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiltlens.compare.Compare;
import org.tiltlens.compare.CompareResult;
import org.tiltlens.compare.CompareSpec;
import org.tiltlens.compare.Method;
import org.tiltlens.demo.Demo;
import org.tiltlens.demo.DemoResult;
import org.tiltlens.demo.DemoSpec;
import org.tiltlens.models.ModelShelf;
import org.tiltlens.run.Execution;
import org.tiltlens.run.Progress;
import org.tiltlens.tilting.Target;

/** How often a job of several studies opens its networks: once each, and never for an answer. */
class OpenedOnceTest {
  private static final Execution EXECUTION = new Execution("cpu", 1, 2, 1);

  @TempDir static Path bundle;
  @TempDir Path folder;

  @BeforeAll
  static void bundle() throws IOException {
    TinyBundle.write(bundle);
  }

  private static List<String> networks() {
    return List.of(bundle + "/dinov3_convnext_hf", bundle + "/cnnsae", bundle + "/adm_unet.pt");
  }

  private CompareResult compared(ModelShelf shelf, Method... methods) throws IOException {
    CompareSpec spec =
        new CompareSpec(
            bundle + "/",
            List.of(3, 5),
            List.of(methods),
            2,
            Target.percentile(80),
            null,
            4,
            "3",
            Map.of("constant.steps", "4"),
            null,
            20,
            45);
    return Compare.run(spec, EXECUTION, folder, Progress.SILENT, shelf);
  }

  @Test
  void aComparisonOpensEachNetworkOnce() throws IOException {
    Method[] methods = {Method.of("top_k"), Method.of("tilt"), Method.of("constant")};
    CompareResult made;
    try (ModelShelf shelf = new ModelShelf()) {
      made = compared(shelf, methods);
      assertThat(made.results()).allSatisfy(cell -> assertThat(cell.failure()).isNull());
      assertThat(shelf.opened()).containsExactlyInAnyOrderElementsOf(networks());
    }
    try (ModelShelf shelf = new ModelShelf()) {
      assertThat(compared(shelf, methods)).isEqualTo(made);
      assertThat(shelf.opened()).as("asked for what is finished").isEmpty();
    }
    // As a kill before the last line leaves it.
    Files.delete(folder.resolve("run.json"));
    try (ModelShelf shelf = new ModelShelf()) {
      assertThat(compared(shelf, methods).results()).isEqualTo(made.results());
      assertThat(shelf.opened()).as("the corpus is scored anew").doesNotHaveDuplicates();
    }
  }

  private DemoResult shown(ModelShelf shelf) throws IOException {
    DemoSpec spec = new DemoSpec(bundle + "/", 1, 1, List.of(70.0, 80.0), null, 1, "3", 45);
    return Demo.run(spec, EXECUTION, folder, Progress.SILENT, shelf);
  }

  @Test
  void aDemoOpensEachNetworkOnce() throws IOException {
    DemoResult made;
    try (ModelShelf shelf = new ModelShelf()) {
      made = shown(shelf);
      assertThat(shelf.opened()).containsExactlyInAnyOrderElementsOf(networks());
    }
    try (ModelShelf shelf = new ModelShelf()) {
      assertThat(shown(shelf)).isEqualTo(made);
      assertThat(shelf.opened()).isEmpty();
    }
  }
}
