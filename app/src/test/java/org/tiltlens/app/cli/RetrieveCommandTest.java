package org.tiltlens.app.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tiltlens.fixture.NoiseCorpus;
import org.tiltlens.fixture.PageNumbers;

/** {@code retrieve} as scripts use it. */
class RetrieveCommandTest {
  private static final Path GOLDENS = Path.of("../core/src/test/resources/goldens");
  private static final int IMAGES = 40;

  @TempDir private Path folder;

  @BeforeEach
  void writeImages() throws IOException {
    NoiseCorpus.write(folder, IMAGES);
  }

  private List<String> retrieve(String... more) {
    List<String> arguments = new ArrayList<>(List.of("retrieve"));
    arguments.addAll(List.of("--vision", GOLDENS.resolve("dinov3_convnext_hf").toString()));
    arguments.addAll(List.of("--dictionary", GOLDENS.resolve("cnnsae").toString()));
    arguments.addAll(List.of("--image-size", "32", "--fit", "pad"));
    arguments.addAll(List.of("--center", "1", "--out", out().toString()));
    arguments.addAll(List.of(more));
    return arguments;
  }

  private List<String> retrieveImages(String... more) {
    List<String> arguments = retrieve("--images", images(), "--feature", "3");
    arguments.addAll(List.of(more));
    return arguments;
  }

  private Path out() {
    return folder.resolve("out");
  }

  private String images() {
    return folder.resolve("images-idx3-ubyte").toString();
  }

  private static JsonNode json(Outcome outcome) throws IOException {
    return new ObjectMapper().readTree(outcome.out());
  }

  @Test
  void rankedImagesAndTheNumbersOfTheirTilt() throws IOException {
    Outcome outcome =
        Outcome.of(
            retrieveImages("--target-percentile", "80", "--rank", "--count", "50", "--json"));
    JsonNode result = json(outcome.assertDone()).at("/results/0");
    assertThat(result.at("/images")).hasSize(IMAGES);
    double beta = result.at("/beta").asDouble();
    double total = 0;
    double mean = 0;
    double z = 0;
    double last = Double.POSITIVE_INFINITY;
    for (JsonNode image : result.at("/images")) {
      assertThat(image.at("/score").asDouble()).isLessThanOrEqualTo(last);
      last = image.at("/score").asDouble();
      total += image.at("/weight").asDouble();
      mean += image.at("/weight").asDouble() * last;
      z += Math.exp(beta * last) / IMAGES;
      assertThat(ImageIO.read(out().resolve(image.at("/file").asText()).toFile()).getWidth())
          .isEqualTo(32);
    }
    assertThat(total).isCloseTo(1, within(1e-9));
    assertThat(result.at("/m").asDouble()).isCloseTo(mean, within(1e-6));
    assertThat(result.at("/target/activation").asDouble()).isCloseTo(mean, within(1e-6));
    assertThat(result.at("/log_z").asDouble()).isCloseTo(Math.log(z), within(1e-6));
    assertThat(result.at("/kl").asDouble()).isCloseTo(beta * mean - Math.log(z), within(1e-6));
    assertThat(result.at("/log_n").asDouble()).isEqualTo(Math.log(IMAGES));
    for (String error : List.of("/se/m", "/se/log_z", "/se/kl")) {
      assertThat(result.at(error).asDouble()).as(error).isPositive();
    }
    assertThat(result.has("warning")).isFalse();
  }

  @Test
  void drawsRepeatWithTheirSeedAndAreNotMadeTwice() throws IOException {
    List<String> arguments = retrieveImages("--beta", "1", "--count", "5", "--json");
    JsonNode run = json(Outcome.of(arguments).assertDone());
    assertThat(run.at("/results/0/images")).hasSize(5);
    assertThat(json(Outcome.of(arguments).assertDone())).isEqualTo(run);
    arguments.addAll(List.of("--seed", "46"));
    Outcome.of(arguments).assertRefused("holds a finished run with other settings");
  }

  /** Of a map of 2 x 2 cells the middle is one of them. */
  @Test
  void aCropThatCannotBeCentredIsSaid() throws IOException {
    List<String> arguments = retrieveImages("--beta", "1", "--count", "1", "--json");
    arguments.set(arguments.indexOf("--center") + 1, "0.5");
    Outcome outcome = Outcome.of(arguments);
    assertThat(outcome.code()).isZero();
    assertThat(outcome.err()).startsWith("tiltlens: warning: of the map of 2 x 2 cells, 1 x 1");
    assertThat(json(outcome).at("/results/0/warning").asText()).contains("(center 1)");
  }

  private static byte[] noise(long seed) throws IOException {
    BufferedImage image = new BufferedImage(32, 32, BufferedImage.TYPE_INT_RGB);
    Random random = new Random(seed);
    for (int i = 0; i < 32 * 32; i++) {
      image.setRGB(i % 32, i / 32, random.nextInt(1 << 24));
    }
    ByteArrayOutputStream png = new ByteArrayOutputStream();
    assertThat(ImageIO.write(image, "png", png)).isTrue();
    return png.toByteArray();
  }

  @Test
  void imagesThatWereLeftOutAreCountedAndNamed() throws IOException {
    Path images = Files.createDirectories(folder.resolve("pictures"));
    for (int i = 0; i < 4; i++) {
      byte[] png = noise(i);
      Files.write(images.resolve(i + ".png"), png);
      Files.write(images.resolve("cut" + i + ".png"), Arrays.copyOf(png, 100 + 800 * (i % 2)));
    }
    Files.write(images.resolve("phone.heic"), new byte[9]);
    Files.write(images.resolve("LICENCE.txt"), new byte[9]);
    List<String> arguments =
        retrieve("--images", images.toString(), "--feature", "3", "--beta", "1", "--count", "2");
    String line = "left out 5 of 9 images: 1 .heic (convert to JPEG or PNG), 4 damaged; names in ";
    for (int time = 0; time < 2; time++) {
      assertThat(Outcome.of(arguments).assertDone().out())
          .contains(line + out().resolve("skipped.txt"));
    }
    assertThat(Files.readString(out().resolve("skipped.txt")).lines())
        .hasSize(5)
        .contains("phone.heic: is .heic, which is not read: convert it to JPEG or PNG")
        .anyMatch(name -> name.startsWith("cut3.png: is no readable PNG: expected a whole JPEG, "));
    JsonNode run = new ObjectMapper().readTree(out().resolve("run.json").toFile());
    assertThat(run.at("/skipped").asInt()).isEqualTo(5);
    assertThat(run.at("/left_out/of").asInt()).isEqualTo(9);
    assertThat(run.at("/left_out/why/.heic").asInt()).isEqualTo(1);
    assertThat(run.at("/left_out/why/damaged").asInt()).isEqualTo(4);
    assertThat(PageNumbers.requireOf(out(), 10)).contains("drive feature 3", ".png</span>");
  }

  @Test
  void tiltsBeyondTheCorpusAreWarnedOf() throws IOException {
    Outcome outcome = Outcome.of(retrieveImages("--beta", "1e6", "--json"));
    assertThat(outcome.code()).isZero();
    assertThat(outcome.err().strip().lines()).hasSize(1);
    assertThat(outcome.err()).startsWith("tiltlens: warning: KL 3.69 is more than 80 % of log N");
    JsonNode result = json(outcome).at("/results/0");
    assertThat(outcome.err()).contains(result.at("/warning").asText());
    assertThat(result.at("/ess").asDouble()).isCloseTo(1, within(1e-6));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--feature 3 --unit channel:3 --beta 1   | give one of --feature J and --unit U",
        "--unit cls:3 --beta 1                   | and no tokens beside its map",
        "--feature 3 --beta 1 --activation 2     | give one of --beta, --activation and",
        "--feature 3 --activation 1 --target-percentile 9 | give one of --activation and",
        "--feature 3 --beta 1 --draw --rank      | give one of --draw and --rank",
        "--feature 3 --beta NaN                  | illegal --beta: NaN, must be a finite number",
        "--feature 3 --beta 1 --count 0          | illegal --count: 0, must be in 1..100000",
        "--feature 3 --beta 1 --limit 0          | illegal --limit: 0, must be at least 1",
        "--feature 999 --beta 1                  | feature 999 does not exist",
        "--feature 3 --activation 1e9            | is out of reach of any tilt",
        "--feature 3 --target-percentile 100     | is out of reach of any tilt",
        "--feature 3 --beta 1 --reduction median | reduction 'median' is not understood",
        "--feature 3 --beta 1 --bundle src       | --bundle 'src' brings its own models",
        "--beta 1                                | --feature",
      })
  void wrongUsageSaysWhatToChangeInOneLine(String options, String expected) {
    List<String> arguments = retrieve("--images", images());
    arguments.addAll(List.of(options.strip().split(" +")));
    Outcome.of(arguments).assertRefused(expected);
    assertThat(out()).doesNotExist();
  }

  /** grey.json says all but what the options say. */
  @Test
  void aUnitOfAnExportedNetworkNeedsNoDictionary() throws IOException {
    Path network = Path.of("../core/src/test/resources/torchscript/grey.pt");
    List<String> arguments = new ArrayList<>(List.of("retrieve", "--vision", network.toString()));
    arguments.addAll(List.of("--vision-option", "mean=0.5", "--vision-option", "std=0.25"));
    arguments.addAll(List.of("--unit", "logit:3", "--images", images(), "--image-size", "32"));
    arguments.addAll(List.of("--beta", "1", "--count", "2"));
    List<String> known = new ArrayList<>(arguments);
    known.addAll(List.of("--out", out().toString(), "--json"));
    JsonNode run = json(Outcome.of(known).assertDone());
    assertThat(run.at("/results/0/unit").asText()).isEqualTo("logit:3");
    assertThat(run.at("/results/0/images/0/file").asText()).isEqualTo("retrieval/logit-3-0.png");
    assertThat(run.at("/spec/vision_options/mean").asText()).isEqualTo("0.5");
    assertThat(run.at("/model_sha256")).hasSize(2);
    arguments.addAll(List.of("--vision-option", "length=3", "--out", out() + "-other"));
    Outcome.of(arguments).assertRefused("unknown key 'length', expected some of [channels,");
  }

  @Test
  void modelsWithoutImagesAreRefused() {
    Outcome.of(retrieve("--feature", "3", "--beta", "1"))
        .assertRefused("no corpus: give --images, a folder, zip or IDX file, or a --bundle");
  }
}
