package org.tiltlens.app.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiltlens.compare.Compare;
import org.tiltlens.compare.CompareResult;
import org.tiltlens.compare.CompareSpec;
import org.tiltlens.compare.MadeUpMethod;
import org.tiltlens.compare.Method;
import org.tiltlens.run.Execution;
import org.tiltlens.run.Progress;
import org.tiltlens.tilting.Pilots;
import org.tiltlens.tilting.Target;
import org.tiltlens.torch.CancelledException;

class CompareCommandTest {
  @TempDir static Path bundle;
  @TempDir Path folder;

  @BeforeAll
  static void bundle() throws IOException {
    TinyBundle.write(bundle);
  }

  private Outcome compare(String features, String methods, String... more) {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "compare",
                "--bundle",
                bundle.toString(),
                "--features",
                features,
                "--methods",
                methods,
                "--count",
                "2",
                "--particles",
                "4",
                "--target-percentile",
                "80",
                "--pilots",
                "1",
                "--reference",
                "20",
                "--json",
                "--out",
                folder.resolve("out").toString()));
    List<String> drawn = List.of(methods.split(","));
    for (String few : List.of("constant", "pixel", "fourier", "maco", "vital")) {
      if (!drawn.contains(few)) {
        continue;
      }
      arguments.addAll(List.of("--set", few + ".steps=4"));
    }
    arguments.addAll(List.of(more));
    return Outcome.of(arguments);
  }

  private static JsonNode json(Outcome outcome) throws IOException {
    return new ObjectMapper().readTree(outcome.assertDone().out());
  }

  @Test
  void everyMethodDrawsAndIsMeasured() throws IOException {
    JsonNode result =
        json(compare("3", "top_k,soft_retrieval,tilt,twisted,constant,pixel,fourier,maco,vital"));
    assertThat(result.at("/results")).hasSize(9);
    assertThat(result.at("/medians")).hasSize(9);
    for (JsonNode cell : result.at("/results")) {
      String method = cell.at("/method").asText();
      assertThat(cell.has("failure")).as(method + " " + cell.path("failure")).isFalse();
      assertThat(cell.at("/images")).hasSize(2);
      for (JsonNode image : cell.at("/images")) {
        for (String file : List.of("file", "tensor", "overlay")) {
          assertThat(folder.resolve("out").resolve(image.at("/" + file).asText())).exists();
        }
      }
      double mean =
          StreamSupport.stream(cell.at("/images").spliterator(), false)
              .mapToDouble(image -> image.at("/score").asDouble())
              .average()
              .orElseThrow();
      assertThat(cell.at("/metrics/mean_score/value").asDouble())
          .isCloseTo(mean, within(1e-9 * Math.abs(mean)));
      assertThat(cell.at("/metrics/whole_corpus/reference").asInt()).isEqualTo(TinyBundle.IMAGES);
    }
    JsonNode written = new ObjectMapper().readTree(folder.resolve("out/compare.json").toFile());
    assertThat(written.at("/results")).isEqualTo(result.at("/results"));
  }

  @Test
  void aMethodOfOnesOwnIsDrawnMeasuredPlottedAndShown() throws IOException {
    Method own = new MadeUpMethod();
    CompareSpec spec =
        new CompareSpec(
            bundle + "/",
            List.of(3),
            List.of(Method.of("top_k"), own),
            2,
            Target.percentile(80),
            null,
            4,
            "3",
            Map.of("made_up.beta", "-2"),
            null,
            20,
            45);
    CompareResult.Cell cell = run(spec, "out", Progress.SILENT).cell(3, own).orElseThrow();
    assertThat(cell.failure()).isNull();
    assertThat(cell.setting()).isEqualTo("beta -2.000");
    assertThat(cell.images()).hasSize(2);
    assertThat(cell.metrics().meanScore().samples()).isEqualTo(2);
    // Its blue, which is none of the other method's; letters are outlines there.
    assertThat(folder.resolve("out/compare-bits.svg")).content().contains("rgb(0,114,178)");
    assertThat(folder.resolve("out/compare.csv")).content().contains("made_up");
    assertThat(folder.resolve("out/index.html"))
        .content()
        .contains("made-up retrieval on feature 3, image 2", "what nobody had thought of");
  }

  @Test
  void topKIsABruteForceSortOfTheCorpus() throws IOException {
    JsonNode cell = json(compare("3", "top_k")).at("/results/0");
    JsonNode all =
        json(
            Outcome.of(
                List.of(
                    "retrieve",
                    "--bundle",
                    bundle.toString(),
                    "--feature",
                    "3",
                    "--beta",
                    "1",
                    "--rank",
                    "--count",
                    Integer.toString(TinyBundle.IMAGES),
                    "--json",
                    "--out",
                    folder.resolve("all").toString())));
    double[] scores =
        StreamSupport.stream(all.at("/results/0/images").spliterator(), false)
            .mapToDouble(image -> image.at("/score").asDouble())
            .sorted()
            .toArray();
    assertThat(scores).hasSize(TinyBundle.IMAGES);
    for (int i = 0; i < 2; i++) {
      assertThat(cell.at("/images/" + i + "/score").asDouble())
          .isCloseTo(scores[scores.length - 1 - i], within(1e-4));
    }
  }

  @Test
  void aFailureStopsNobodyAndIsTriedAgain() throws IOException {
    Outcome failed = compare("3", "constant,pixel", "--set", "constant.scale=NaN");
    assertThat(failed.code()).isEqualTo(1);
    assertThat(failed.err().lines())
        .singleElement()
        .asString()
        .startsWith("tiltlens: KLSC, constant scale failed on feature 3: ")
        .contains("NaN");
    JsonNode result = new ObjectMapper().readTree(failed.out());
    assertThat(result.at("/results/0/failure").asText()).contains("scale").contains("NaN");
    assertThat(result.at("/results/0/images")).isEmpty();
    assertThat(result.at("/results/1/images")).hasSize(2);
    assertThat(result.at("/medians")).hasSize(1);
    assertThat(folder.resolve("out/index.html")).content().contains("failed: ");
    assertThat(new ObjectMapper().readTree(folder.resolve("out/compare.json").toFile()))
        .isEqualTo(result);

    JsonNode mended = json(compare("3", "constant,pixel"));
    assertThat(mended.at("/results/0/images")).hasSize(2);
  }

  @Test
  void whatIsThereIsNotDrawnAgain() throws IOException {
    JsonNode one = json(compare("3", "pixel,fourier"));
    Path picture = folder.resolve("out").resolve(one.at("/results/0/images/0/file").asText());
    FileTime drawn = Files.getLastModifiedTime(picture);

    JsonNode more = json(compare("3,5", "pixel,fourier,top_k"));
    assertThat(more.at("/results")).hasSize(6);
    assertThat(more.at("/results/0")).isEqualTo(one.at("/results/0"));
    assertThat(more.at("/results/1")).isEqualTo(one.at("/results/1"));
    assertThat(Files.getLastModifiedTime(picture)).isEqualTo(drawn);
  }

  @Test
  void aKillCostsTheMethodInProgressAtTheMost() throws IOException {
    JsonNode whole = json(compare("3", "pixel,fourier,vital"));
    Path kept = folder.resolve("out").resolve(whole.at("/results/0/images/0/file").asText());
    FileTime drawn = Files.getLastModifiedTime(kept);
    // As a kill in the middle of the last method leaves it.
    Files.delete(folder.resolve("out/run.json"));
    Path last =
        folder.resolve("out").resolve(whole.at("/results/2/images/0/file").asText()).getParent();
    Files.delete(last.resolve("run.json"));
    Files.delete(last.resolve("images/1.safetensors"));

    JsonNode resumed = json(compare("3", "pixel,fourier,vital"));
    assertThat(Files.getLastModifiedTime(kept)).isEqualTo(drawn);
    for (int i = 0; i < 3; i++) {
      assertThat(resumed.at("/results/" + i + "/images"))
          .isEqualTo(whole.at("/results/" + i + "/images"));
      assertThat(resumed.at("/results/" + i + "/metrics"))
          .isEqualTo(whole.at("/results/" + i + "/metrics"));
    }
  }

  @Test
  void otherThreadsMakeAnotherTiltBesideTheFirst() throws IOException {
    JsonNode one = json(compare("3", "tilt,top_k"));
    JsonNode two = json(compare("3", "tilt,top_k", "--threads-per-image", "2"));
    assertThat(two.at("/results/0/images")).hasSize(2);
    assertThat(two.at("/results/0/images/0/file")).isNotEqualTo(one.at("/results/0/images/0/file"));
    JsonNode again = json(compare("3", "tilt,top_k"));
    assertThat(again.at("/results")).isEqualTo(one.at("/results"));
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
        "3",
        Stream.of(Method.of("pixel"), Method.of("maco"))
            .filter(List.of(methods)::contains)
            .collect(Collectors.toMap(method -> method.key() + ".steps", method -> "4")),
        null,
        20,
        45);
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
    CompareResult.Feature feature = found.features().get(0);
    boolean settled = feature.pilots().get(1).beta() == feature.beta();
    assertThat(2 * tilt.secondsPerImage()).isBetween(settled ? 4000.0 : 0, settled ? 4900.0 : 900);
    assertThat(tilt.secondsFindingBeta())
        .as("pilots that are not the run itself")
        .isBetween(settled ? 1000.0 : 5000, settled ? 1900.0 : 5900);
    CompareResult.Cell pixel = found.results().get(1);
    assertThat(2 * pixel.secondsPerImage()).isBetween(16_000.0, 16_900.0);
    assertThat(pixel.secondsFindingBeta()).isNull();
    assertThat(found.medians().get(1).secondsPerImage()).isEqualTo(pixel.secondsPerImage());
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
    assertThat(found.medians().get(0).secondsPerImage()).isNull();
    assertThat(folder.resolve("out/compare.csv")).content().contains("4 steps,,,2,");
    assertThat(folder.resolve("out/index.html")).content().doesNotContain("seconds_per_image");
  }

  private CompareResult compared(String out, Progress progress) throws IOException {
    CompareSpec spec =
        new CompareSpec(
            bundle + "/",
            List.of(3),
            List.of(Method.of("top_k"), Method.of("pixel")),
            2,
            Target.percentile(80),
            null,
            4,
            "3",
            Map.of("pixel.steps", "4"),
            null,
            20,
            45);
    return Compare.run(spec, new Execution("cpu", 1, 1, 1), folder.resolve(out), progress);
  }

  /** Within the second image of a climbing method. */
  @Test
  void aCancelIsNoFailureOfAMethod() throws IOException {
    CompareResult whole = compared("whole", Progress.SILENT);
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
    assertThatThrownBy(() -> compared("out", cancelling)).isInstanceOf(CancelledException.class);
    assertThat(folder.resolve("out/run.json")).doesNotExist();
    CompareResult resumed = compared("out", Progress.SILENT);
    assertThat(resumed.results())
        .usingRecursiveFieldByFieldElementComparatorIgnoringFields(
            "secondsPerImage", "secondsFindingBeta")
        .isEqualTo(whole.results());
    assertThat(resumed.results()).allSatisfy(cell -> assertThat(cell.failure()).isNull());
  }

  @Test
  void slipsAreRefusedInOneLine() {
    compare("3", "magic").assertRefused("unknown method 'magic': use top_k, soft_retrieval");
    compare("3", "pixel", "--set", "pixel.stepz=3").assertRefused("unknown setting 'pixel.stepz'");
    compare("3", "pixel", "--set", "top_k.k=3").assertRefused("has no settings of its own");
    compare("3", "pixel", "--set", "maco.steps=3")
        .assertRefused("add maco to --methods, or leave it out");
    compare("3,3", "pixel").assertRefused("each once");
    compare("99999", "pixel").assertRefused("99999");
    Outcome.of(List.of("compare")).assertRefused("give one of --features J,J and --pick N");
  }
}
