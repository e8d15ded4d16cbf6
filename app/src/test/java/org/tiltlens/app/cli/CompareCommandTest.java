package org.tiltlens.app.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiltlens.checkpoint.Checkpoints;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.compare.Compare;
import org.tiltlens.compare.CompareResult;
import org.tiltlens.compare.CompareSpec;
import org.tiltlens.compare.MadeUpMethod;
import org.tiltlens.compare.MeasureSpec;
import org.tiltlens.compare.Method;
import org.tiltlens.corpus.Corpus;
import org.tiltlens.models.Bundle;
import org.tiltlens.run.Execution;
import org.tiltlens.run.Progress;
import org.tiltlens.tilting.Target;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

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

  /** Exact samples have a test of their own, with a pool that does for them. */
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
      assertThat(cell.at("/metrics/whole_corpus/reference").asInt())
          .isEqualTo(result.at("/judging_images").asInt());
    }
    JsonNode written = new ObjectMapper().readTree(folder.resolve("out/compare.json").toFile());
    assertThat(written.at("/results")).isEqualTo(result.at("/results"));
    assertThat(shapes(result, "views"))
        .isEqualTo(Map.of("pixel", "1", "fourier", "64", "maco", "64", "vital", "64"));
    assertThat(shapes(result, "x").values()).hasSize(9).containsOnly("1x3x32x32");
  }

  /** The shape of a tensor in the files of all methods' images that have it. */
  private Map<String, String> shapes(JsonNode result, String name) {
    Map<String, String> shapes = new TreeMap<>();
    for (JsonNode cell : result.at("/results")) {
      for (JsonNode image : cell.at("/images")) {
        Path file = folder.resolve("out").resolve(image.at("/tensor").asText());
        try (TensorStore store = Checkpoints.open(file)) {
          if (store.entries().containsKey(name)) {
            shapes.put(cell.at("/method").asText(), Tensors.describe(store.load(name)));
          }
        }
      }
    }
    return shapes;
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
            null,
            null,
            "3",
            Map.of("made_up.beta", "-2"),
            MeasureSpec.USUAL.withReference(20),
            45,
            1,
            Map.of());
    CompareResult.Cell cell =
        Compare.run(spec, new Execution("cpu", 1, 1, 1), folder.resolve("out"), Progress.SILENT)
            .cell(3, own)
            .orElseThrow();
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

  /** Whether an image is one that methods may draw from: by other means than ours. */
  private static boolean calibrates(int image) throws IOException {
    try (Corpus corpus = Bundle.at(bundle).openCorpus();
        Scope scope = Scope.open()) {
      double[] values = Tensors.toDoubles(corpus.read(image).orElseThrow());
      byte[] levels = new byte[values.length];
      for (int i = 0; i < levels.length; i++) {
        levels[i] = (byte) (int) Math.rint(127.5 * values[i] + 127.5);
      }
      return MessageDigest.getInstance("SHA-256").digest(levels)[0] % 2 == 0;
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void noImageIsHeldAgainstItself() throws IOException {
    JsonNode result = json(compare("3", "top_k,soft_retrieval"));
    int calibrating = 0;
    for (int image = 0; image < TinyBundle.IMAGES; image++) {
      calibrating += calibrates(image) ? 1 : 0;
    }
    assertThat(result.at("/calibrating_images").asInt()).isEqualTo(calibrating);
    assertThat(result.at("/judging_images").asInt()).isEqualTo(TinyBundle.IMAGES - calibrating);
    // So that no score of a drawn image is a score of the judging half.
    Set<Double> judging = new HashSet<>();
    JsonNode all = everyScore();
    for (JsonNode image : all) {
      if (!calibrates(image.at("/index").asInt())) {
        judging.add(image.at("/score").asDouble());
      }
    }
    for (JsonNode cell : result.at("/results")) {
      for (JsonNode image : cell.at("/images")) {
        double score = image.at("/score").asDouble();
        assertThat(judging).noneMatch(other -> Math.abs(other - score) < 1e-9);
      }
    }
  }

  /** Of all images; the crop of a map of 2 x 2 cells is worth a warning. */
  private JsonNode everyScore() throws IOException {
    Outcome outcome =
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
                folder.resolve("all").toString()));
    assertThat(outcome.code()).as(outcome.err()).isZero();
    return new ObjectMapper().readTree(outcome.out()).at("/results/0/images");
  }

  @Test
  void topKIsABruteForceSortOfTheCalibratingHalf() throws IOException {
    JsonNode cell = json(compare("3", "top_k")).at("/results/0");
    List<Double> scores = new ArrayList<>();
    for (JsonNode image : everyScore()) {
      if (calibrates(image.at("/index").asInt())) {
        scores.add(image.at("/score").asDouble());
      }
    }
    scores.sort(Comparator.reverseOrder());
    for (int i = 0; i < 2; i++) {
      assertThat(cell.at("/images/" + i + "/score").asDouble())
          .isCloseTo(scores.get(i), within(1e-4));
    }
  }

  @Test
  void everySeedIsDrawnByItselfAndTheTableIsOfTheirMean() throws IOException {
    JsonNode two = json(compare("3", "pixel", "--seeds", "2"));
    assertThat(two.at("/results")).hasSize(2);
    assertThat(two.at("/results/0/seed").asLong() + 1)
        .isEqualTo(two.at("/results/1/seed").asLong());
    double first = two.at("/results/0/metrics/mean_score/value").asDouble();
    double second = two.at("/results/1/metrics/mean_score/value").asDouble();
    assertThat(first).isNotEqualTo(second);
    double wanted = two.at("/features/0/target/activation").asDouble();
    assertThat(two.at("/medians/0/numbers/score_of_target/value").asDouble())
        .isCloseTo((first + second) / 2 / wanted, within(1e-9));
    Path picture = folder.resolve("out").resolve(two.at("/results/1/images/0/file").asText());
    FileTime drawn = Files.getLastModifiedTime(picture);
    JsonNode three = json(compare("3", "pixel", "--seeds", "3"));
    assertThat(three.at("/results")).hasSize(3);
    assertThat(three.at("/results/1")).isEqualTo(two.at("/results/1"));
    assertThat(Files.getLastModifiedTime(picture)).isEqualTo(drawn);
  }

  @Test
  void theConstantScaleIsThereInAsManyStepsAsTheOthers() throws IOException {
    JsonNode cell = json(compare("3", "constant_equal_steps")).at("/results/0");
    assertThat(cell.at("/setting").asText()).endsWith(", 3 steps");
    assertThat(cell.at("/metrics/kl/nats").asDouble()).isPositive();
    assertThat(cell.at("/metrics/kl/meaning").asText()).contains("an upper bound");
  }

  @Test
  void slipsInWhatIsMeasuredAreRefusedByTheirOptions() {
    compare("3", "top_k", "--bound-steps", "1").assertRefused("illegal --bound-steps: 1, must be");
    compare("3", "top_k", "--seeds", "0").assertRefused("illegal --seeds: 0, must be in 1..1000");
    compare("3", "top_k", "--qualiclip", "nowhere.pth")
        .assertRefused("'nowhere.pth' does not exist");
  }

  @Test
  void whatEverybodyKnowsIsMeasuredToo() throws IOException {
    JsonNode result = json(compare("3", "top_k", "--bound-steps", "5"));
    Map<String, JsonNode> known = new TreeMap<>();
    result.at("/yardsticks").forEach(kind -> known.put(kind.at("/key").asText(), kind));
    assertThat(known.keySet())
        .containsExactlyInAnyOrder(
            "natural", "prior", "black", "lifted", "blurred", "tinted", "noise");
    assertThat(known.get("black").at("/numbers/diversity/value").asDouble())
        .isCloseTo(0, within(1e-6));
    for (JsonNode kind : known.values()) {
      double all = kind.at("/numbers/bits_per_dim/value").asDouble();
      assertThat(kind.at("/numbers/bits_of_last_steps/value").asDouble()).isBetween(0.0, all);
      assertThat(kind.at("/numbers/slow_bits_per_dim/value").asDouble()).isNotEqualTo(all);
      assertThat(kind.at("/files")).hasSize(2);
    }
    assertThat(result.at("/floor/kernel_same_score/samples").asInt()).isEqualTo(1);
    assertThat(result.at("/results/0/metrics/same_score").has("precision"))
        .as("two images tell no precision")
        .isFalse();
    assertThat(folder.resolve("out/index.html"))
        .content()
        .contains("natural, tinted", "floor: natural images", "bits/dim, 3-step bound");
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

  @Test
  void slipsAreRefusedInOneLine() {
    compare("3", "magic").assertRefused("unknown method 'magic': use top_k, soft_retrieval");
    compare("3", "pixel", "--set", "pixel.stepz=3").assertRefused("unknown setting 'pixel.stepz'");
    compare("3", "pixel", "--set", "top_k.k=3").assertRefused("has no settings of its own");
    compare("3", "pixel", "--set", "maco.steps=3")
        .assertRefused("add maco to --methods, or leave it out");
    compare("3,3", "pixel").assertRefused("each once");
    compare("99999", "pixel").assertRefused("99999");
    Outcome.of(List.of("compare"))
        .assertRefused("give one of --feature J,J (or --unit U) and --pick N");
  }
}
