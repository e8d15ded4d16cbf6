package org.tiltlens.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiltlens.checkpoint.Checkpoints;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.compare.Compare;
import org.tiltlens.compare.CompareResult;
import org.tiltlens.compare.CompareSpec;
import org.tiltlens.compare.MeasureSpec;
import org.tiltlens.compare.Method;
import org.tiltlens.demo.Demo;
import org.tiltlens.demo.DemoResult;
import org.tiltlens.demo.DemoSpec;
import org.tiltlens.models.CountingShelf;
import org.tiltlens.models.ModelShelf;
import org.tiltlens.run.Execution;
import org.tiltlens.run.Progress;
import org.tiltlens.tilting.Target;
import org.tiltlens.torch.Images;
import org.tiltlens.torch.Scope;

/** How often a job of several studies opens its networks: once each, and never for an answer. */
class OpenedOnceTest {
  private static final Execution EXECUTION = new Execution("cpu", 1, 2, 1);

  private static final int STEPS = 3;

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
    return compared(Progress.SILENT, shelf, List.of(3, 5), methods);
  }

  private CompareResult compared(
      Progress progress, ModelShelf shelf, List<Integer> features, Method... methods)
      throws IOException {
    CompareSpec spec =
        new CompareSpec(
            bundle + "/",
            features,
            List.of(methods),
            2,
            Target.percentile(80),
            null,
            4,
            null,
            null,
            Integer.toString(STEPS),
            Stream.of("constant", "pixel", "fourier")
                .filter(key -> List.of(methods).contains(Method.of(key)))
                .collect(Collectors.toMap(key -> key + ".steps", key -> "4")),
            MeasureSpec.USUAL.withReference(20),
            45,
            1,
            Map.of());
    return Compare.run(spec, EXECUTION, folder, progress, shelf);
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
  }

  @Test
  void aFinishedImageIsSeenOnceAndBoundedOnce() throws IOException {
    try (CountingShelf shelf = new CountingShelf()) {
      CompareResult made = compared(shelf, Method.of("pixel"), Method.of("fourier"));
      assertThat(shelf.opened()).containsExactlyInAnyOrderElementsOf(networks());
      List<CompareResult.Image> images =
          made.results().stream().flatMap(cell -> cell.images().stream()).toList();
      assertThat(images).hasSize(8);
      for (CompareResult.Image image : images) {
        try (TensorStore store = Checkpoints.open(folder.resolve(image.tensor()));
            Scope scope = Scope.open()) {
          // As it is written: an ascent's own views are of what was not rounded yet.
          assertThat(shelf.passesOf(Images.written(store.load("x"))))
              .as(image.tensor())
              .isEqualTo(1);
        }
      }
      // Seven kinds of yardsticks are bounded too, and one of them is drawn.
      int known = made.yardsticks().stream().mapToInt(kind -> kind.files().size()).sum();
      assertThat(known).isEqualTo(7 * 2);
      assertThat(shelf.steps())
          .as("of the bounds alone")
          .isEqualTo((images.size() + known + 2) * STEPS);
    }
  }

  @Test
  void aComparisonThatGoesOnAsksOnlyForFeaturesThatHaveSomethingToDraw() throws IOException {
    Method[] methods = {Method.of("top_k"), Method.of("tilt")};
    CompareResult made;
    try (ModelShelf shelf = new ModelShelf()) {
      made = compared(shelf, methods);
    }
    // As a kill before the last line leaves it.
    Files.delete(folder.resolve("run.json"));
    try (ModelShelf shelf = new ModelShelf()) {
      CompareResult again = compared(shelf, methods);
      assertThat(again.results()).isEqualTo(made.results());
      assertThat(again.features()).isEqualTo(made.features());
      assertThat(shelf.opened()).as("only the page was left").isEmpty();
    }
    // As a kill in the middle of the second feature leaves it.
    Files.delete(folder.resolve("run.json"));
    Path last = folder.resolve(made.results().get(3).images().get(0).file()).getParent();
    Files.delete(last.resolve("run.json"));
    List<String> begun = new ArrayList<>();
    try (ModelShelf shelf = new ModelShelf()) {
      CompareResult again = compared(noting(begun), shelf, List.of(3, 5), methods);
      assertThat(again.features()).isEqualTo(made.features());
      assertThat(shelf.opened()).containsExactlyInAnyOrderElementsOf(networks());
    }
    assertThat(begun).contains("scoring the corpus on feature 5");
    assertThat(begun).noneMatch(what -> what.contains("feature 3"));
  }

  @Test
  void aComparisonOfOneMoreFeatureAsksOnlyForThat() throws IOException {
    Method[] methods = {Method.of("top_k"), Method.of("tilt")};
    CompareResult made;
    try (ModelShelf shelf = new ModelShelf()) {
      made = compared(shelf, methods);
    }
    List<String> begun = new ArrayList<>();
    try (ModelShelf shelf = new ModelShelf()) {
      CompareResult more = compared(noting(begun), shelf, List.of(3, 7, 5), methods);
      assertThat(shelf.opened()).containsExactlyInAnyOrderElementsOf(networks());
      assertThat(more.features().get(0)).isEqualTo(made.features().get(0));
      assertThat(more.features().get(2)).isEqualTo(made.features().get(1));
      assertThat(more.results().subList(0, 2)).isEqualTo(made.results().subList(0, 2));
      assertThat(more.results().subList(4, 6)).isEqualTo(made.results().subList(2, 4));
    }
    assertThat(begun).contains("scoring the corpus on feature 7");
    assertThat(begun).noneMatch(what -> what.contains("feature 3") || what.contains("feature 5"));
    // Fewer than there are: all of them are there.
    try (ModelShelf shelf = new ModelShelf()) {
      compared(Progress.SILENT, shelf, List.of(7), methods);
      assertThat(shelf.opened()).isEmpty();
    }
  }

  /** Notes the names of all that is begun. */
  private static Progress noting(List<String> begun) {
    return (what, units) -> {
      begun.add(what);
      return new Progress.Task() {};
    };
  }

  private DemoResult shown(ModelShelf shelf) throws IOException {
    DemoSpec spec =
        new DemoSpec(
            bundle + "/", 1, 1, List.of(70.0, 80.0), false, null, 1, null, "3", 45, Map.of());
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
