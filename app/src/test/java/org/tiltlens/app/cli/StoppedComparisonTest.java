package org.tiltlens.app.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiltlens.compare.Compare;
import org.tiltlens.compare.CompareResult;
import org.tiltlens.compare.CompareSpec;
import org.tiltlens.compare.ComparedNumber;
import org.tiltlens.compare.MeasureSpec;
import org.tiltlens.compare.Method;
import org.tiltlens.models.StepsSpec;
import org.tiltlens.run.Execution;
import org.tiltlens.run.Progress;
import org.tiltlens.tilting.Pilots;
import org.tiltlens.tilting.Target;
import org.tiltlens.torch.CancelledException;

/** What a comparison that stopped leaves, and what is taken up of it. */
class StoppedComparisonTest {
  @TempDir static Path bundle;
  @TempDir Path folder;

  @BeforeAll
  static void bundle() throws IOException {
    TinyBundle.write(bundle);
  }

  private static CompareSpec spec(Path bundle, Method... methods) {
    return new CompareSpec(
        bundle + "/",
        List.of(3),
        List.of(methods),
        2,
        Target.percentile(80),
        new Pilots(2, 2),
        4,
        null,
        null,
        "3",
        Stream.of(Method.of("pixel"), Method.of("maco"))
            .filter(List.of(methods)::contains)
            .collect(Collectors.toMap(method -> method.key() + ".steps", method -> "4")),
        MeasureSpec.USUAL.withReference(20),
        45,
        1,
        Map.of());
  }

  private CompareResult run(CompareSpec spec, String to, Progress progress) throws IOException {
    return Compare.run(spec, new Execution("cpu", 1, 1, 1), folder.resolve(to), progress);
  }

  /** Stops once a piece of work is at a step. */
  private static Progress stopAt(String what, long step) {
    return (begun, total) ->
        new Progress.Task() {
          private long done;

          @Override
          public void advance(long steps) {
            done += steps;
            if (begun.startsWith(what) && done >= step) {
              throw new IllegalStateException("stopped");
            }
          }
        };
  }

  @Test
  void whatAStoppedComparisonOfAnotherCorpusKeptIsNotTaken() throws IOException {
    Path other = folder.resolve("other");
    TinyBundle.write(other, 4);
    // Its scores, its features and its spectrum are kept by then.
    CompareSpec others = spec(other, Method.of("maco"), Method.of("pixel"));
    Files.delete(other.resolve("features-spectrum.safetensors"));
    assertThatThrownBy(() -> run(others, "out", stopAt("pixel", 1))).hasMessage("stopped");
    try (Stream<Path> kept = Files.list(folder.resolve("out/.state"))) {
      assertThat(kept.map(file -> file.getFileName().toString().replaceFirst("-[0-9a-f]+\\.", ".")))
          .contains("scores-3.json", "corpus.safetensors", "spectrum.safetensors");
    }

    CompareSpec own = spec(bundle, Method.of("top_k"), Method.of("soft_retrieval"));
    CompareResult found = run(own, "out", Progress.SILENT);
    CompareResult alone = run(own, "alone", Progress.SILENT);
    assertThat(found.features()).isEqualTo(alone.features());
    assertThat(found.results())
        .extracting(CompareResult.Cell::metrics)
        .isEqualTo(alone.results().stream().map(CompareResult.Cell::metrics).toList());
  }

  @Test
  void aBugEndsTheComparisonButNotWhatWasFinished() throws IOException {
    CompareSpec spec = spec(bundle, Method.of("top_k"), Method.of("pixel"));
    assertThatThrownBy(() -> run(spec, "out", stopAt("pixel", 1)))
        .isInstanceOf(IllegalStateException.class);
    List<Path> finished = named("run.json");
    assertThat(finished).singleElement().asString().contains("top_k");
    FileTime then = Files.getLastModifiedTime(finished.get(0));
    CompareResult whole = run(spec, "out", Progress.SILENT);
    assertThat(whole.results()).allMatch(cell -> cell.failure() == null);
    assertThat(Files.getLastModifiedTime(finished.get(0))).isEqualTo(then);
  }

  private List<Path> named(String ending) throws IOException {
    try (Stream<Path> files = Files.walk(folder.resolve("out"))) {
      return files.filter(file -> file.toString().endsWith(ending)).toList();
    }
  }

  /** The tilt's are of such steps, as are those of a constant scale; the published are not. */
  @Test
  void stepsOfAnotherFormGoOnToTheSameBits() throws IOException {
    CompareSpec spec =
        spec(bundle, Method.of("tilt"), Method.of("constant_equal_steps"))
            .withPilots(null)
            .withSteps(new StepsSpec.Lcm(), "lcm2");
    CompareResult whole = run(spec, "whole", Progress.SILENT);
    assertThatThrownBy(() -> run(spec, "out", stopAt("KLSC, constant scale, equal", 1)))
        .hasMessage("stopped");
    CompareResult found = run(spec, "out", Progress.SILENT);
    assertThat(found.results())
        .extracting(CompareResult.Cell::metrics)
        .isEqualTo(whole.results().stream().map(CompareResult.Cell::metrics).toList());
    assertThat(found.results())
        .allMatch(cell -> cell.failure() == null && cell.metrics().kl() == null);
    assertThat(found.results().get(1).setting()).endsWith("2 steps");
    assertThat(folder.resolve("out/run.json")).content().contains("\"kind\" : \"lcm\"");
    assertThatThrownBy(() -> run(spec.withMethods(Method.of("twisted")), "no", Progress.SILENT))
        .hasMessage(
            "method 'twisted' has no place in steps of form lcm: leave it out of methods, or give"
                + " form ddpm");
    CompareSpec ahead = spec.withSteps(new StepsSpec.Heun(), "ddim3");
    assertThatThrownBy(() -> run(ahead, "no", Progress.SILENT))
        .hasMessageStartingWith("method 'constant_equal_steps' has no place in steps of form heun");
    assertThat(folder.resolve("no")).doesNotExist();
  }

  @Test
  void theSecondsOfAStoppedDrawingCount() throws IOException {
    CompareSpec spec = spec(bundle, Method.of("tilt"), Method.of("pixel"));
    // Two pilots of two images and three steps: in the second of them.
    assertThatThrownBy(() -> run(spec, "out", stopAt("KLSC, tilt", 8))).hasMessage("stopped");
    put(named("pilot-0-seconds.json"), 1000);
    put(named("pilot-1-seconds.json"), 4000);
    assertThatThrownBy(() -> run(spec, "out", stopAt("pixel", 5))).hasMessage("stopped");
    put(named("seconds.json"), 16_000);

    CompareResult found = run(spec, "out", Progress.SILENT);
    CompareResult.Cell tilt = found.results().get(0);
    assertThat(2 * tilt.secondsPerImage()).isBetween(0.0, 900.0);
    assertThat(tilt.secondsFindingBeta()).isBetween(5000.0, 5900.0);
    CompareResult.Cell pixel = found.results().get(1);
    assertThat(2 * pixel.secondsPerImage()).isBetween(16_000.0, 16_900.0);
    assertThat(pixel.secondsFindingBeta()).isNull();
    assertThat(found.medians().get(1).numbers().get(ComparedNumber.SECONDS).value())
        .isEqualTo(pixel.secondsPerImage());
  }

  private static void put(List<Path> files, double seconds) throws IOException {
    assertThat(files).hasSize(1);
    Files.writeString(files.get(0), Double.toString(seconds));
  }

  @Test
  void secondsThatNobodyKnowsAreLeftOut() throws IOException {
    CompareSpec spec = spec(bundle, Method.of("pixel"));
    assertThatThrownBy(() -> run(spec, "out", stopAt("pixel", 5))).hasMessage("stopped");
    assertThat(named("images/0.safetensors")).hasSize(1);
    Files.delete(named("seconds.json").get(0));
    CompareResult found = run(spec, "out", Progress.SILENT);
    assertThat(found.results().get(0).secondsPerImage()).isNull();
    assertThat(found.medians().get(0).numbers()).doesNotContainKey(ComparedNumber.SECONDS);
    assertThat(folder.resolve("out/compare.csv")).content().contains("4 steps,,,2,");
    assertThat(folder.resolve("out/index.html")).content().doesNotContain("seconds_per_image");
  }

  /** Within the second image of a climbing method. */
  @Test
  void aCancelIsNoFailureOfAMethod() throws IOException {
    CompareSpec spec = spec(bundle, Method.of("top_k"), Method.of("pixel"));
    CompareResult whole = run(spec, "whole", Progress.SILENT);
    AtomicLong steps = new AtomicLong();
    Progress cancelling =
        new Progress() {
          @Override
          public Task begin(String what, long units) {
            return new Task() {
              @Override
              public void advance(long more) {
                if (what.startsWith(Method.of("pixel").label())) {
                  steps.addAndGet(more);
                }
              }
            };
          }

          @Override
          public boolean cancelled() {
            return steps.get() == 6;
          }
        };
    assertThatThrownBy(() -> run(spec, "out", cancelling)).isInstanceOf(CancelledException.class);
    assertThat(folder.resolve("out/run.json")).doesNotExist();
    CompareResult resumed = run(spec, "out", Progress.SILENT);
    assertThat(resumed.results())
        .usingRecursiveFieldByFieldElementComparatorIgnoringFields(
            "secondsPerImage", "secondsFindingBeta")
        .isEqualTo(whole.results());
    assertThat(resumed.results()).allSatisfy(cell -> assertThat(cell.failure()).isNull());
  }
}
