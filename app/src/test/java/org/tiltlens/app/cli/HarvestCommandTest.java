package org.tiltlens.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tiltlens.fixture.PageNumbers;

/** {@code harvest} and {@code features} as scripts use them. */
class HarvestCommandTest {
  private static final Path GOLDENS = Path.of("../core/src/test/resources/goldens");
  private static final int SIDE = 28;

  @TempDir private Path folder;

  @BeforeEach
  void writeImages() throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(16 + 30 * SIDE * SIDE);
    bytes.putInt(0x803).putInt(30).putInt(SIDE).putInt(SIDE);
    byte[] pixels = new byte[30 * SIDE * SIDE];
    new Random(3).nextBytes(pixels);
    Files.write(folder.resolve("images-idx3-ubyte"), bytes.put(pixels).array());
    Files.createDirectory(folder.resolve("empty"));
  }

  private List<String> harvest(String... more) {
    List<String> arguments = new ArrayList<>(List.of("harvest"));
    arguments.addAll(List.of("--vision", GOLDENS.resolve("dinov3_convnext_hf").toString()));
    arguments.addAll(List.of("--dictionary", GOLDENS.resolve("cnnsae").toString()));
    arguments.addAll(List.of("--out", table()));
    arguments.addAll(List.of(more));
    return arguments;
  }

  private String table() {
    return folder.resolve("features.parquet").toString();
  }

  private String images() {
    return folder.resolve("images-idx3-ubyte").toString();
  }

  @Test
  void harvestWritesWhatFeaturesLists() throws IOException {
    Outcome harvest =
        Outcome.of(
            harvest("--images", images(), "--limit", "20", "--image-size", "32", "--fit", "pad"));
    assertThat(harvest.err()).isEmpty();
    assertThat(harvest.code()).isZero();
    assertThat(harvest.out()).contains("features on 20 images");

    Outcome text = Outcome.of(List.of("features", "--limit", "3", table()));
    assertThat(text.code()).isZero();
    assertThat(text.out()).contains("on 20 images").contains("mix:0.7 over the central 0.5");
    assertThat(text.out().strip().lines()).hasSize(6);

    Outcome json =
        Outcome.of(List.of("features", "--sort", "max", "--limit", "2", "--json", table()));
    JsonNode root = new ObjectMapper().readTree(json.out());
    assertThat(root.at("/harvest/images").asInt()).isEqualTo(20);
    assertThat(root.at("/features")).hasSize(2);
    assertThat(root.at("/features/0/max").asDouble())
        .isGreaterThanOrEqualTo(root.at("/features/1/max").asDouble())
        .isEqualTo(root.at("/features/0/top/0/score").asDouble());
    assertThat(root.at("/features/0/percentiles/p99_5").isNumber()).isTrue();
  }

  @Test
  void featuresShowTheirImages() throws IOException {
    assertThat(
            Outcome.of(harvest("--images", images(), "--image-size", "32", "--fit", "pad")).code())
        .isZero();
    Path page = folder.resolve("page");
    Outcome shown =
        Outcome.of(List.of("features", table(), "--limit", "2", "--out", page.toString()));
    assertThat(shown.out()).endsWith(page.resolve("index.html") + "\n");
    assertThat(PageNumbers.requireOf(page, 2 * (4 + 8)))
        .contains("What features fire on", "type=\"range\"");
    JsonNode run = new ObjectMapper().readTree(page.resolve("run.json").toFile());
    assertThat(run.at("/features/0/images")).hasSize(8);
    assertThat(page.resolve(run.at("/features/0/images/0/map").asText())).isRegularFile();

    Outcome one = Outcome.of(List.of("features", table(), "--feature", "3"));
    assertThat(one.out().strip().lines()).hasSize(1 + 1 + 16 + 2);
    // Elsewhere the images are only numbers, and a page cannot be had.
    Files.move(Path.of(images()), folder.resolve("moved"));
    Outcome moved = Outcome.of(List.of("features", table(), "--limit", "1"));
    assertThat(moved.out()).contains("does not exist: give --images where they are now");
    List<String> again = new ArrayList<>(List.of("features", table(), "--out", page.toString()));
    Outcome.of(again).assertRefused("images-idx3-ubyte");
    again.addAll(List.of("--images", folder.resolve("moved").toString()));
    assertThat(Outcome.of(again).code()).isZero();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--images nowhere                        | 'nowhere' does not exist",
        "--images EMPTY                          | holds no images: expected .jpg",
        "--images hdfs://nowhere/x               | 'hdfs://nowhere/x' does not lie on this machine",
        "--images IDX --spark nonsense           | --spark 'nonsense' is no master",
        "--images IDX --spark local[0]           | expected local[2]",
        "--images IDX --image-size 0             | image size 0 pixels, must be in 1..4096",
        "--images IDX --image-size 32 --limit 0  | both must be at least 1",
        "--images IDX --reduction median         | reduction 'median' is not understood",
        "--images IDX --hook stages.9.0.resid_pre | stages.9.0",
        "--images IDX --fit stretch              | 'stretch'",
        "--limit 5                               | --images",
      })
  void wrongUsageSaysWhatToChangeInOneLine(String options, String expected) {
    String[] arguments =
        options
            .strip()
            .replace("IDX", images())
            .replace("EMPTY", folder.resolve("empty").toString())
            .split(" +");
    Outcome.of(harvest(arguments)).assertRefused(expected);
    assertThat(folder.resolve("features.parquet")).doesNotExist();
  }

  @Test
  void missingModelsAndForeignTablesAreNamed() throws IOException {
    Outcome.of(List.of("harvest", "--images", images(), "--vision", "pom.xml"))
        .assertRefused(
            "give the models: --vision, a file or folder, and --dictionary, a folder, or a");
    Outcome.of(List.of("features", "nowhere.parquet"))
        .assertRefused("'nowhere.parquet' does not exist");
    Path text = Files.writeString(folder.resolve("notes.parquet"), "hello");
    Outcome.of(List.of("features", text.toString())).assertRefused("is no table of features");
    Outcome.of(List.of("features", "--sort", "beauty", text.toString())).assertRefused("beauty");
  }
}
