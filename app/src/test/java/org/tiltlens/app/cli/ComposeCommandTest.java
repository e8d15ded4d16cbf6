package org.tiltlens.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiltlens.fixture.NoiseCorpus;

/** {@code compose} as scripts use it. */
class ComposeCommandTest {
  private static final Path GOLDENS = Path.of("../core/src/test/resources/goldens");
  private static final int IMAGES = 20;

  @TempDir private Path folder;

  @BeforeEach
  void writeImages() throws IOException {
    NoiseCorpus.write(folder, IMAGES);
  }

  private List<String> compose(String... more) {
    List<String> arguments = new ArrayList<>(List.of("compose"));
    arguments.addAll(List.of("--vision", GOLDENS.resolve("dinov3_convnext_hf").toString()));
    arguments.addAll(List.of("--dictionary", GOLDENS.resolve("cnnsae").toString()));
    arguments.addAll(List.of("--prior", GOLDENS.resolve("adm_unet.safetensors").toString()));
    arguments.addAll(List.of("--images", folder.resolve("images-idx3-ubyte").toString()));
    arguments.addAll(List.of("--image-size", "32", "--fit", "pad", "--steps", "3"));
    arguments.addAll(List.of("--out", folder.resolve("out").toString()));
    arguments.addAll(List.of(more));
    return arguments;
  }

  @Test
  void unitsAreDrawnTogetherAndTold() throws IOException {
    Outcome outcome =
        Outcome.of(
            compose(
                "--unit",
                "feature:3@pre@0,1 beta=2",
                "--unit",
                "channel:1 hold",
                "--guidance",
                "tilt",
                "--pilots",
                "0",
                "--count",
                "2",
                "--json"));
    JsonNode result = new ObjectMapper().readTree(outcome.assertDone().out());
    assertThat(result.at("/units/0/unit").asText()).isEqualTo("feature:3@pre@0,1");
    assertThat(result.at("/units/0/beta").asDouble()).isEqualTo(2);
    assertThat(result.at("/units/1/target/activation").asDouble())
        .isEqualTo(result.at("/units/1/natural_mean").asDouble());
    assertThat(result.at("/results")).hasSize(2);
    assertThat(folder.resolve("out/klsc/1-map-1.png")).exists();
    // The finished run is told again, now as a table.
    Outcome again =
        Outcome.of(
            compose(
                "--unit",
                "feature:3@pre@0,1 beta=2",
                "--unit",
                "channel:1 hold",
                "--guidance",
                "tilt",
                "--pilots",
                "0",
                "--count",
                "2"));
    assertThat(again.assertDone().out()).contains("feature:3@pre@0,1", "corpus' own joint tilt");
  }

  @Test
  void weightedParticlesTellLogZ() {
    Outcome outcome =
        Outcome.of(
            compose(
                "--unit",
                "feature:3@pre beta=2",
                "--unit",
                "channel:1 hold",
                "--guidance",
                "twisted",
                "--particles",
                "4"));
    assertThat(outcome.assertDone().out())
        .contains("log Z", "KL(q_beta || p)", "twisted sampler, 4 particles", "ESS")
        .contains("4 images,")
        .doesNotContain("path KL");
  }

  @Test
  void exactSamplesComeFromAPoolAndTellLogZ() {
    List<String> units =
        List.of("--unit", "feature:3@pre beta=0.01", "--unit", "channel:1 hold", "--count", "2");
    List<String> arguments = compose("--pool-size", "12", "--cache", folder + "/cache");
    arguments.addAll(units);
    assertThat(Outcome.of(arguments).assertDone().out())
        .contains("log Z", "KL(q_beta || p)", "importance weights of 12 pool paths")
        .contains("pool: 12 paths", "2 images,")
        .doesNotContain("path KL");
    Outcome.of(compose("--unit", "channel:1", "--guidance", "tilt", "--pool-size", "8"))
        .assertRefused("--pool-size has a meaning only with --guidance exact");
    Outcome.of(compose("--unit", "channel:1", "--pilots", "2"))
        .assertRefused("--guidance exact finds the betas of levels by itself: give no --pilots");
  }

  @Test
  void drawsAsManyImagesAsAPilotOfOtherNoise() throws IOException {
    Outcome outcome =
        Outcome.of(
            compose(
                "--unit",
                "feature:3@pre percentile=60",
                "--guidance",
                "tilt",
                "--pilots",
                "1",
                "--pilot-images",
                "3",
                "--json"));
    JsonNode result = new ObjectMapper().readTree(outcome.assertDone().out());
    assertThat(result.at("/results")).hasSize(3);
    assertThat(result.at("/units/0/mean_score").asDouble())
        .isNotEqualTo(result.at("/pilots/0/means/0").asDouble());
  }

  @Test
  void wrongUnitsAreOneLine() {
    Outcome.of(compose("--unit", "feature:3@pre gain=2")).assertRefused("unknown setting 'gain=2'");
    Outcome.of(compose("--unit", "feature:3@pre@0,99 beta=1"))
        .assertRefused("column 99 does not exist: the hook point has columns 0..");
  }
}
