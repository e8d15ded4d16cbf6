package org.tiltlens.app.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiltlens.corpus.Corpus;
import org.tiltlens.models.Bundle;
import org.tiltlens.models.BundleManifest;
import org.tiltlens.models.ModelShelf;
import org.tiltlens.models.OpenJudge;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/** The commands without any files of the user's: everything comes from the embedded bundle. */
class EmbeddedBundleTest {
  private static final long MEGABYTE = 1_000_000;

  @TempDir private Path folder;

  /** A command with its options, to be changed. */
  static List<String> with(String command, String... more) {
    List<String> arguments = new ArrayList<>(List.of(command));
    arguments.addAll(List.of(more));
    return arguments;
  }

  /** What a command wrote. */
  static JsonNode json(Outcome outcome) throws IOException {
    return new ObjectMapper().readTree(outcome.assertDone().out());
  }

  private String out(String name) {
    return folder.resolve(name).toString();
  }

  @Test
  void filesAreTheOnesTheManifestListsAndSmall() throws IOException, NoSuchAlgorithmException {
    Bundle bundle = Bundle.embedded();
    long bytes = 0;
    for (String file : bundle.manifest().files().keySet()) {
      byte[] content = Files.readAllBytes(bundle.path(file));
      bytes += content.length;
      assertThat(HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content)))
          .as(file)
          .isEqualTo(bundle.manifest().files().get(file));
    }
    assertThat(bytes).isLessThan(28 * MEGABYTE);
    assertThat(bundle.manifest().files())
        .containsKeys(
            "prior.safetensors",
            "vision.safetensors",
            "judge/vision.safetensors",
            "corpus/LICENSE");
  }

  /** Of 500 images of a share of 0.907 three standard deviations are 0.04. */
  @Test
  void theJudgeIsSmallAndAsGoodAsTheManifestSays() throws IOException {
    Bundle bundle = Bundle.embedded();
    BundleManifest.Judge stated = bundle.manifest().judge();
    assertThat(Files.size(bundle.path(stated.vision()))).isLessThan(MEGABYTE);
    try (ModelShelf shelf = new ModelShelf();
        Corpus corpus = bundle.openCorpus();
        Scope scope = Scope.open()) {
      OpenJudge judge = shelf.judge(bundle, Device.CPU).orElseThrow();
      assertThat(judge.head().classes()).isEqualTo(corpus.classNames().size());
      Tensor images = corpus.read(0, 500).orElseThrow().images();
      long[] labels =
          Tensors.toLongs(Tensors.argMax(judge.head().logits(judge.vision().pooled(images)), 1));
      long right =
          IntStream.range(0, 500).filter(i -> labels[i] == corpus.label(i).orElseThrow()).count();
      assertThat(right / 500.0).isCloseTo(stated.testAccuracy(), within(0.04));
    }
  }

  @Test
  void targetIsReachedOnTheCorpusByTheBetaThatIsUsed() throws IOException {
    JsonNode run =
        json(
            Outcome.of(
                with(
                    "visualize",
                    "--guidance",
                    "tilt",
                    "--feature",
                    "3",
                    "--target-percentile",
                    "97",
                    "--count",
                    "1",
                    "--steps",
                    "4",
                    "--json",
                    "--out",
                    out("a"))));
    JsonNode result = run.at("/results/0");
    assertThat(result.at("/target/percentile").asDouble()).isEqualTo(97);
    double activation = result.at("/target/activation").asDouble();
    JsonNode same =
        json(
            Outcome.of(
                with(
                    "visualize",
                    "--guidance",
                    "tilt",
                    "--feature",
                    "3",
                    "--activation",
                    Double.toString(activation),
                    "--count",
                    "1",
                    "--steps",
                    "4",
                    "--json",
                    "--out",
                    out("b"))));
    double beta = result.at("/beta").asDouble();
    assertThat(beta).isPositive();
    assertThat(same.at("/results/0/beta").asDouble()).isCloseTo(beta, within(1e-9 * beta));
    // The table's sample has 10,000 scores in 512 entries, 38 to one below the highest 256.
    assertThat(same.at("/results/0/target/percentile").asDouble()).isCloseTo(97, within(0.4));
    assertThat(result.at("/reached_percentile").asDouble()).isBetween(0.0, 100.0);
    assertThat(result.at("/images/0/bits_per_dim").asDouble()).isPositive();
    assertThat(run.at("/spec/models/vision").asText()).isEqualTo("embedded:vision.safetensors");
  }

  @Test
  void nothingButAFeatureAimsAtTheNinetyNinthPercentile() throws IOException {
    JsonNode run =
        json(
            Outcome.of(
                with(
                    "visualize",
                    "--guidance",
                    "tilt",
                    "--feature",
                    "3",
                    "--count",
                    "1",
                    "--steps",
                    "3",
                    "--json",
                    "--out",
                    out("c"))));
    assertThat(run.at("/results/0/target/percentile").asDouble()).isEqualTo(99);
    assertThat(run.at("/results/0/guidance").asText()).isEqualTo("tilt");
    Outcome again =
        Outcome.of(
            with(
                "visualize",
                "--repeat",
                folder.resolve("c/run.json").toString(),
                "--out",
                out("d")));
    again.assertDone();
    assertThat(folder.resolve("d/klsc/3-0.png"))
        .hasSameBinaryContentAs(folder.resolve("c/klsc/3-0.png"));
  }

  @Test
  void targetsBeyondTheCorpusAreRefused() {
    Outcome.of(
            with(
                "visualize",
                "--guidance",
                "tilt",
                "--feature",
                "3",
                "--activation",
                "1e9",
                "--count",
                "1",
                "--steps",
                "3",
                "--out",
                out("e")))
        .assertRefused("is out of reach of any tilt: the corpus' 10000 images score between");
  }

  @Test
  void featuresListsTheBundlesTable() throws IOException {
    JsonNode listing = json(Outcome.of(with("features", "--limit", "5", "--json")));
    assertThat(listing.at("/harvest/images").asInt()).isEqualTo(10_000);
    assertThat(listing.at("/features")).hasSize(5);
  }

  @Test
  void featuresCanBeFilteredByHowOftenTheyAreActive() throws IOException {
    JsonNode all = json(Outcome.of(with("features", "--limit", "9999", "--json")));
    long wanted =
        StreamSupport.stream(all.at("/features").spliterator(), false)
            .mapToDouble(feature -> feature.at("/frequency").asDouble())
            .filter(frequency -> frequency >= 0.01 && frequency <= 0.2)
            .count();
    JsonNode some =
        json(
            Outcome.of(
                with(
                    "features",
                    "--limit",
                    "9999",
                    "--min-frequency",
                    "0.01",
                    "--max-frequency",
                    "0.2",
                    "--json")));
    assertThat(wanted).isBetween(1L, 511L);
    assertThat(some.at("/features")).hasSize((int) wanted);
    for (JsonNode feature : some.at("/features")) {
      assertThat(feature.at("/frequency").asDouble()).isBetween(0.01, 0.2);
    }
    Outcome.of(with("features", "--min-frequency", "2")).assertRefused("must be shares in 0..1");
  }

  @Test
  void harvestOfTheCorpusReproducesTheTable() throws IOException {
    String images = Bundle.embedded().path(Bundle.embedded().manifest().corpus()).toString();
    Outcome.of(with("harvest", "--images", images, "--limit", "600", "--out", out("some.parquet")))
        .assertDone();
    JsonNode some =
        json(Outcome.of(with("features", out("some.parquet"), "--limit", "9999", "--json")));
    JsonNode all = json(Outcome.of(with("features", "--limit", "9999", "--json")));
    assertThat(some.at("/harvest/score")).isEqualTo(all.at("/harvest/score"));
    assertThat(some.at("/harvest/models")).isEqualTo(all.at("/harvest/models"));
    assertThat(some.at("/features")).hasSameSizeAs(all.at("/features"));
    // Images of the whole corpus' top that are among the first 600 have the same score.
    int compared = 0;
    for (JsonNode feature : all.at("/features")) {
      JsonNode few =
          StreamSupport.stream(some.at("/features").spliterator(), false)
              .filter(other -> other.at("/feature").equals(feature.at("/feature")))
              .findFirst()
              .orElseThrow();
      for (JsonNode top : feature.at("/top")) {
        for (JsonNode other : few.at("/top")) {
          if (top.at("/image").equals(other.at("/image"))) {
            double score = top.at("/score").asDouble();
            assertThat(other.at("/score").asDouble())
                .isCloseTo(score, within(1e-4 + 1e-4 * Math.abs(score)));
            compared++;
          }
        }
      }
    }
    assertThat(compared).isGreaterThan(100);
  }
}
