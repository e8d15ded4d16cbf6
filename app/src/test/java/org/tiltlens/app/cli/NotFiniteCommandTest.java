package org.tiltlens.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What commands say where numbers became NaN or infinite. */
class NotFiniteCommandTest {
  private static final int SPOILT = 5;

  @TempDir static Path bundle;
  private static Outcome harvest;

  @TempDir private Path folder;

  /** A bundle whose dictionary has a feature with a bias of NaN, harvested. */
  @BeforeAll
  static void bundle() throws IOException {
    TinyBundle.write(bundle);
    spoil(bundle.resolve("cnnsae/sae_weights.safetensors"));
    Files.delete(bundle.resolve("features.parquet"));
    harvest =
        Outcome.of(
            List.of(
                "harvest",
                "--bundle",
                bundle.toString(),
                "--images",
                bundle.resolve("images-idx3-ubyte").toString(),
                "--out",
                bundle.resolve("features.parquet").toString()));
  }

  private static void spoil(Path file) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    int header = (int) bytes.getLong(0);
    String json = new String(bytes.array(), Long.BYTES, header, StandardCharsets.UTF_8);
    int start = new ObjectMapper().readTree(json).at("/b_conv/data_offsets/0").asInt();
    bytes.putFloat(Long.BYTES + header + start + Float.BYTES * SPOILT, Float.NaN);
    Files.write(file, bytes.array());
  }

  private Outcome run(String command, String... more) {
    List<String> arguments = new ArrayList<>(List.of(command, "--bundle", bundle.toString()));
    arguments.addAll(List.of("--out", folder.resolve(command).toString()));
    arguments.addAll(List.of(more));
    return Outcome.of(arguments);
  }

  @Test
  void harvestsAndListsNameTheFeature() throws IOException {
    String line = "1 without statistics, as they are not finite on every image: 5";
    assertThat(harvest.assertDone().out()).contains(line);
    String table = bundle.resolve("features.parquet").toString();
    assertThat(Outcome.of(List.of("features", table)).assertDone().out()).contains(line);
    Outcome json = Outcome.of(List.of("features", "--json", "--limit", "999", table));
    JsonNode listing = new ObjectMapper().readTree(json.assertDone().out());
    assertThat(listing.at("/without_statistics").toString()).isEqualTo("[5]");
    assertThat(listing.at("/features/0/feature").isInt()).isTrue();
    for (JsonNode feature : listing.at("/features")) {
      assertThat(feature.at("/feature").asInt()).isNotEqualTo(SPOILT);
    }
  }

  @Test
  void runsOfTheFeatureSayWhatIsWrongWithIt() throws IOException {
    String who =
        "feature:5@pre at stages.2.1.hook_resid_pre gives numbers that are not finite: its bias of"
            + " the encoder is not finite in '";
    run(
            "visualize",
            "--guidance",
            "tilt",
            "--feature",
            "5",
            "--count",
            "1",
            "--target-percentile",
            "90")
        .assertRefused("feature 5 has no statistics in '");
    run("visualize", "--guidance", "tilt", "--feature", "5", "--count", "1", "--beta", "1")
        .assertRefused("step t = 2: " + who);
    run("retrieve", "--feature", "5", "--beta", "1").assertRefused("that can be read: " + who);
    run(
            "compose",
            "--guidance",
            "tilt",
            "--unit",
            "feature:3@pre beta=1",
            "--unit",
            "feature:5@pre beta=1")
        .assertRefused(who);
    Path picture = folder.resolve("picture.png");
    ImageIO.write(new BufferedImage(32, 32, BufferedImage.TYPE_INT_RGB), "png", picture.toFile());
    run("explain", "--unit", "feature:5@pre", "--image", picture.toString()).assertRefused(who);
  }

  @Test
  void guidanceBeyondAllNumbersIsRefused() {
    run("visualize", "--guidance", "tilt", "--feature", "3", "--count", "1", "--beta", "1e30")
        .assertRefused("step t = ");
  }

  @Test
  void aComparisonGoesOnAndEndsAsFailed() throws IOException {
    Outcome outcome =
        run(
            "compare",
            "--features",
            "3",
            "--methods",
            "constant,top_k",
            "--count",
            "2",
            "--reference",
            "20",
            "--set",
            "constant.steps=4",
            "--set",
            "constant.scale=1e38",
            "--json");
    assertThat(outcome.code()).isEqualTo(1);
    JsonNode results = new ObjectMapper().readTree(outcome.out()).at("/results");
    assertThat(results.at("/0/failure").asText()).startsWith("step t = ");
    assertThat(results.at("/1/images")).hasSize(2);
  }

  @Test
  void aFeatureThatIsNowhereFiniteEndsNoOther() throws IOException {
    String[] few = {"--count", "2", "--reference", "20", "--steps", "3", "--json"};
    List<String> arguments = new ArrayList<>(List.of("--features", "5,3"));
    arguments.addAll(List.of("--methods", "top_k,soft_retrieval"));
    arguments.addAll(List.of(few));
    Outcome outcome = run("compare", arguments.toArray(String[]::new));
    assertThat(outcome.code()).isEqualTo(1);
    assertThat(outcome.err()).contains("top-K retrieval failed on feature 5: ");
    JsonNode result = new ObjectMapper().readTree(outcome.out());
    for (int i = 0; i < 2; i++) {
      assertThat(result.at("/results/" + i + "/feature").asInt()).isEqualTo(SPOILT);
      assertThat(result.at("/results/" + i + "/failure").asText())
          .contains("images that can be read: feature:5@pre at ")
          .contains("gives numbers that are not finite");
      assertThat(result.at("/results/" + (2 + i) + "/images")).hasSize(2);
    }
    assertThat(result.at("/features")).hasSize(1);
    assertThat(result.at("/medians/0/features").asInt()).isEqualTo(1);
    Path out = folder.resolve("compare");
    assertThat(out.resolve("index.html")).content().contains("id=\"feature-5\"", "failed: ");
    assertThat(out.resolve("compare.csv")).content().contains("5,top_k,");
  }

  @Test
  void aComparisonOfNothingElseHasItsPageToo() throws IOException {
    Outcome outcome =
        run("compare", "--features", "5", "--methods", "top_k", "--steps", "3", "--json");
    assertThat(outcome.code()).isEqualTo(1);
    JsonNode result = new ObjectMapper().readTree(outcome.out());
    assertThat(result.at("/results/0/failure").asText()).contains("not finite");
    assertThat(folder.resolve("compare/index.html")).content().contains("failed: ");
  }
}
