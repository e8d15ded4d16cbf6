package org.tiltlens.app.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.tiltlens.app.cli.EmbeddedBundleTest.json;
import static org.tiltlens.app.cli.EmbeddedBundleTest.with;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiltlens.run.Json;

/** Galleries and exact samples without any files of the user's, from the embedded bundle. */
class EmbeddedSamplesTest {
  @TempDir private Path folder;

  private String out(String name) {
    return folder.resolve(name).toString();
  }

  @Test
  void demoShowsFeaturesAndIsNotMadeTwice() throws IOException {
    List<String> demo =
        with(
            "demo",
            "--guidance",
            "tilt",
            "--features",
            "2",
            "--count",
            "1",
            "--unguided",
            "1",
            "--steps",
            "4",
            "--json",
            "--out",
            out("demo"));
    JsonNode run = json(Outcome.of(demo));
    assertThat(run.at("/command").asText()).isEqualTo("demo");
    assertThat(run.at("/features")).hasSize(2);
    assertThat(run.at("/results")).hasSize(6);
    for (JsonNode result : run.at("/results")) {
      assertThat(result.at("/reached_percentile").isNumber()).isTrue();
      for (JsonNode image : result.at("/images")) {
        assertThat(folder.resolve("demo").resolve(image.at("/file").asText())).isRegularFile();
      }
    }
    Path page = folder.resolve("demo/index.html");
    assertThat(page).content().contains("feature-" + run.at("/features/0/feature").asInt());

    FileTime made = Files.getLastModifiedTime(page);
    assertThat(json(Outcome.of(demo))).isEqualTo(run);
    assertThat(Files.getLastModifiedTime(page)).isEqualTo(made);

    demo.set(demo.indexOf("--steps") + 1, "5");
    Outcome.of(demo).assertRefused("holds a finished run with other settings");
  }

  /**
   * The tiny dictionary has a feature or two that are live and selective; the steps are its own.
   */
  @Test
  void demoShowsAllFeaturesBriefly() throws IOException {
    TinyBundle.write(folder.resolve("tiny"));
    Path manifest = folder.resolve("tiny/bundle.json");
    Files.writeString(
        manifest,
        Files.readString(manifest)
            .replaceFirst("\\{", "{\"form\": {\"kind\": \"ddim\", \"eta\": 0.5},"));
    List<String> demo =
        List.of(
            "demo",
            "--bundle",
            folder.resolve("tiny").toString(),
            "--features",
            "all",
            "--guidance",
            "tilt",
            "--pilots",
            "0",
            "--count",
            "1",
            "--unguided",
            "1",
            "--json",
            "--out",
            out("all"));
    JsonNode run = json(Outcome.of(demo));
    int eligible = run.at("/eligible").asInt();
    assertThat(eligible).isPositive();
    assertThat(run.at("/features")).hasSize(eligible);
    assertThat(run.at("/results")).hasSize(eligible);
    assertThat(run.at("/spec/form/kind").asText()).isEqualTo("ddim");
    assertThat(run.at("/spec/form/eta").asDouble()).isEqualTo(0.5);
    JsonNode drawn = Json.read(folder.resolve("all/unguided/run.json"), null, JsonNode.class);
    assertThat(drawn.at("/spec/steps/form/kind").asText()).isEqualTo("ddim");
    JsonNode image = run.at("/features/0/images/0");
    assertThat(folder.resolve("all").resolve(image.at("/file").asText())).isRegularFile();
    assertThat(image.has("overlay")).isFalse();
    assertThat(image.has("bits_per_dim")).isFalse();
    assertThat(folder.resolve("all/index.html")).content().doesNotContain("id=\"maps\"");
    Outcome.of(List.of("demo", "--features", "some"))
        .assertRefused("--features some: expected a number, or all");
  }

  @Test
  void interruptedDemoGoesOnWithWhatIsThere() throws IOException {
    List<String> demo =
        with(
            "demo",
            "--guidance",
            "tilt",
            "--features",
            "1",
            "--count",
            "1",
            "--unguided",
            "1",
            "--steps",
            "3",
            "--json",
            "--out",
            out("demo"));
    JsonNode whole = json(Outcome.of(demo));
    int feature = whole.at("/features/0/feature").asInt();
    Path kept = folder.resolve("demo/unguided/klsc/" + feature + "-0.png");
    FileTime drawn = Files.getLastModifiedTime(kept);
    // As a kill before the last feature's last target leaves it.
    Files.delete(folder.resolve("demo/run.json"));
    Path last = folder.resolve("demo/feature-" + feature + "/p99");
    byte[] picture = Files.readAllBytes(last.resolve("klsc/" + feature + "-0.png"));
    Files.delete(last.resolve("run.json"));
    Files.delete(last.resolve("klsc/" + feature + "-0.png"));
    Files.delete(last.resolve("klsc/" + feature + "-0.safetensors"));

    JsonNode resumed = json(Outcome.of(demo));
    assertThat(resumed.at("/results")).isEqualTo(whole.at("/results"));
    assertThat(last.resolve("klsc/" + feature + "-0.png")).hasBinaryContent(picture);
    assertThat(Files.getLastModifiedTime(kept)).isEqualTo(drawn);
  }

  @Test
  void imagesAreExactSamplesFromTheBundlesPool() throws IOException {
    List<String> arguments =
        with("visualize", "--feature", "117", "--count", "2", "--json", "--out", out("exact"));
    JsonNode result = json(Outcome.of(arguments)).at("/results/0");
    assertThat(result.at("/guidance").asText()).isEqualTo("exact");
    JsonNode had = result.at("/annealed");
    assertThat(had.at("/pool_paths").asInt()).isEqualTo(2048);
    assertThat(had.at("/evaluations").asLong()).as("nothing had to be moved").isZero();
    assertThat(had.at("/mixing/mixed").asBoolean()).isTrue();
    double wanted = result.at("/target/activation").asDouble();
    assertThat(result.at("/mean_score").asDouble()).isCloseTo(wanted, within(1e-6 * wanted));
    double beta = result.at("/beta").asDouble();
    double logZ = result.at("/log_z").asDouble();
    assertThat(result.at("/kl").asDouble()).isCloseTo(beta * wanted - logZ, within(1e-6));
    assertThat(result.has("path_kl")).isFalse();
    assertThat(
            Outcome.of(with("visualize", "--feature", "117", "--count", "2", "--out", out("exact")))
                .assertDone()
                .out())
        .contains("pool: 2,048 paths", "0 evaluations of the prior");
  }

  @Test
  void imagesOfTheCorpusBecomeNewOnes() throws IOException {
    List<String> arguments =
        with(
            "visualize",
            "--feature",
            "117",
            "--from",
            "corpus",
            "--limit",
            "200",
            "--steps",
            "4",
            "--count",
            "2",
            "--moves",
            "2",
            "--out",
            out("renoised"));
    assertThat(Outcome.of(arguments).assertDone().out())
        .contains(
            "photographs that are moved",
            "KL(q_beta || corpus)",
            "importance weights of 200 corpus images",
            "corpus: 200 images, of which",
            "accepted after steps: 2: ",
            "drift without a tilt, of 16 images by 2 moves: mean score");
    arguments.add("--json");
    JsonNode result = json(Outcome.of(arguments)).at("/results/0");
    assertThat(result.at("/renoised/origins")).hasSize(2);
    assertThat(result.at("/renoised/drift/change/standard_error").asDouble()).isPositive();
    assertThat(result.has("annealed")).isFalse();
    Outcome.of(with("visualize", "--feature", "117", "--limit", "9"))
        .assertRefused("--images, --limit, --image-size and --fit have a meaning only with --from");
    Outcome.of(with("visualize", "--feature", "117", "--from", "nowhere"))
        .assertRefused("illegal --from 'nowhere', expected one of pool, corpus");
    Outcome.of(with("visualize", "--guidance", "tilt", "--feature", "117", "--from", "corpus"))
        .assertRefused("--from corpus has a meaning only with --guidance exact");
    Outcome.of(with("visualize", "--feature", "117", "--from", "corpus", "--pool-size", "9"))
        .assertRefused("--pool-size has a meaning only with --from pool");
  }

  @Test
  void poolsGrowAndServeRuns() throws IOException {
    List<String> arguments = with("pool", "--steps", "3", "--count", "20", "--out", out("pool"));
    assertThat(Outcome.of(arguments).assertDone().out()).contains("20 unguided paths");
    arguments.set(arguments.indexOf("20"), "24");
    assertThat(Outcome.of(arguments).assertDone().out()).contains("24 unguided paths");
    List<String> run =
        with(
            "visualize",
            "--feature",
            "117",
            "--steps",
            "3",
            "--pool",
            out("pool"),
            "--beta",
            "0.2",
            "--count",
            "2",
            "--particles",
            "4",
            "--json",
            "--out",
            out("small"));
    JsonNode had = json(Outcome.of(run)).at("/results/0/annealed");
    assertThat(had.at("/pool_paths").asInt()).isEqualTo(24);
    List<String> unsaid = new ArrayList<>(run);
    unsaid.subList(unsaid.indexOf("--steps"), unsaid.indexOf("--steps") + 2).clear();
    unsaid.set(unsaid.size() - 1, out("unsaid"));
    assertThat(json(Outcome.of(unsaid)).at("/spec/steps/respacing").asText()).isEqualTo("3");
    run.set(run.indexOf("--steps") + 1, "4");
    run.set(run.size() - 1, out("other"));
    Outcome.of(run).assertRefused("--pool was drawn with the steps");
    Outcome.of(with("visualize", "--guidance", "tilt", "--feature", "117", "--pool-size", "9"))
        .assertRefused("--pool-size has a meaning only with --guidance exact");
    Outcome.of(with("visualize", "--feature", "117", "--pilots", "2"))
        .assertRefused("--guidance exact finds the beta of a target by itself");
    Outcome.of(with("visualize", "--feature", "117", "--pool", out("nowhere")))
        .assertRefused("does not exist");
  }
}
