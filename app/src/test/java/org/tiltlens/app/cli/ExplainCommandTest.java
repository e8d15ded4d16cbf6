package org.tiltlens.app.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code explain} as scripts use it, on the embedded bundle. */
class ExplainCommandTest {
  @TempDir private Path folder;

  @BeforeEach
  void writePictures() throws IOException {
    BufferedImage picture = new BufferedImage(200, 120, BufferedImage.TYPE_INT_RGB);
    for (int i = 0; i < 200 * 120; i++) {
      picture.setRGB(i % 200, i / 200, i % 200 < 100 ? 0xC03020 : 0x2050A0 + i / 200);
    }
    ImageIO.write(picture, "jpg", folder.resolve("a.jpg").toFile());
    Files.writeString(folder.resolve("junk.jpg"), "no picture");
  }

  private List<String> explain(String image, String unit, String... more) {
    List<String> arguments = new ArrayList<>(List.of("explain"));
    arguments.addAll(List.of("--image", folder.resolve(image).toString(), "--unit", unit));
    arguments.addAll(List.of("--out", out().toString()));
    arguments.addAll(List.of(more));
    return arguments;
  }

  private Path out() {
    return folder.resolve("out");
  }

  /** The top image of a feature: its score is in the bundle's table. */
  @Test
  void aFeaturesTopImageHasItsScoreAndPercentile() throws IOException {
    ObjectMapper mapper = new ObjectMapper();
    JsonNode table =
        mapper.readTree(
            Outcome.of(List.of("features", "--limit", "1", "--json")).assertDone().out());
    int feature = table.at("/features/0/feature").asInt();
    Path retrieved = folder.resolve("retrieved");
    Outcome.of(
            List.of(
                "retrieve",
                "--feature",
                Integer.toString(feature),
                "--beta",
                "1",
                "--rank",
                "--count",
                "1",
                "--out",
                retrieved.toString()))
        .assertDone();
    String top = "retrieved/retrieval/" + feature + "-0.png";
    JsonNode run =
        mapper.readTree(
            Outcome.of(explain(top, "feature:" + feature + "@pre", "--reliance", "4", "--json"))
                .assertDone()
                .out());
    JsonNode result = run.at("/results/0");
    double score = table.at("/features/0/top/0/score").asDouble();
    assertThat(result.at("/score").asDouble()).isCloseTo(score, within(1e-4));
    assertThat(result.at("/percentile").asDouble()).isGreaterThan(99.9);
    assertThat(result.at("/maps")).hasSize(4);
    // The table keeps the top images, so that the corpus need not be scored again.
    for (int i = 0; i < 4; i++) {
      assertThat(result.at("/reliance/top_images/" + i))
          .isEqualTo(table.at("/features/0/top/" + i + "/image"));
    }
    assertThat(result.at("/reliance/floor")).isEqualTo(table.at("/features/0/mean"));
    // The corpus is grey already, so nothing can be told of colour.
    assertThat(result.at("/reliance/altered/2/kept").isMissingNode()).isTrue();
    assertThat(result.at("/reliance/reading").asText()).endsWith("have no colour to tell by");
    assertThat(out().resolve("index.html"))
        .content()
        .contains(result.at("/reliance/reading").asText());
  }

  @Test
  void aProbeSaysWhatItLeftOut() throws IOException {
    Path images = Files.createDirectories(folder.resolve("pictures"));
    for (int i = 0; i < 3; i++) {
      Files.copy(folder.resolve("a.jpg"), images.resolve(i + ".jpg"));
    }
    Files.copy(folder.resolve("junk.jpg"), images.resolve("junk.jpg"));
    Files.write(images.resolve("b.avif"), new byte[9]);
    List<String> arguments = explain("a.jpg", "channel:12", "--reliance", "2");
    arguments.addAll(List.of("--images", images.toString()));
    assertThat(Outcome.of(arguments).assertDone().out())
        .contains("left out 2 of 5 images: 1 .avif (convert to JPEG or PNG), 1 damaged; names in ");
    assertThat(out().resolve("skipped.txt")).content().contains("b.avif: ", "junk.jpg: ");
    assertThat(out().resolve("run.json")).content().contains("left_out");
  }

  @Test
  void channelsAndNeuronsAreExplainedToo() {
    Outcome channel = Outcome.of(explain("a.jpg", "channel:12")).assertDone();
    assertThat(channel.out()).contains("channel:12 at stages.1.3.hook_resid_pre", "index.html");
    List<String> neuron = explain("a.jpg", "neuron:12@1,2", "--occlusion-patch", "16");
    Outcome.of(neuron).assertRefused("holds a finished run with other settings");
    neuron.set(neuron.indexOf("--out") + 1, folder.resolve("neuron").toString());
    assertThat(Outcome.of(neuron).assertDone().out()).contains("patch of 16 pixels, moved by 8");
  }

  @Test
  void aPercentileIsOfPicturesOfTheSameSizeOnly() {
    assertThat(Outcome.of(explain("a.jpg", "feature:3@pre")).assertDone().out())
        .contains(", percentile ");
    List<String> larger =
        explain("a.jpg", "feature:3@pre", "--image-size", "64", "--occlusion-patch", "32");
    larger.set(larger.indexOf("--out") + 1, folder.resolve("larger").toString());
    assertThat(Outcome.of(larger).assertDone().out())
        .contains("no percentile: the harvest has 'pad to 32 x 32', the run 'pad to 64 x 64'")
        .doesNotContain(", percentile ");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "none.jpg | channel:1     |                                      | none.jpg' does not"
            + " exist",
        "junk.jpg | channel:1     |                                      | is no JPEG, PNG, WebP",
        ".        | channel:1     |                                      | is a folder: expected a"
            + " file",
        "a.jpg    | channel:64    |                                      | channel 64 does not",
        "a.jpg    | feature:512   |                                      | feature 512 does not",
        "a.jpg    | neuron:1@4,0  |                                      | row 4 does not exist",
        "a.jpg    | eye           |                                      | unit 'eye' is not",
        "a.jpg    | channel:1     | --occlusion-patch 33                 | must be at most the",
        "a.jpg    | channel:1     | --occlusion-stride 5                 | must be in 1..4",
        "a.jpg    | channel:1     | --reliance 1                         | illegal --reliance: 1",
        "a.jpg    | channel:1     | --reliance 2 --image-size 7          | cannot be cut into 8",
        "a.jpg    | channel:1     | --gradient-hook nose                 | hook point 'nose'",
        "a.jpg    | channel:1     | --vision pom.xml --reliance 8 --hook h.output | takes images of"
            + " a",
      })
  void wrongUsageSaysWhatToChangeInOneLine(
      String image, String unit, String options, String expected) {
    List<String> arguments = explain(image, unit);
    if (options != null) {
      arguments.addAll(List.of(options.split(" +")));
    }
    Outcome.of(arguments).assertRefused(expected);
    assertThat(out()).doesNotExist();
  }
}
