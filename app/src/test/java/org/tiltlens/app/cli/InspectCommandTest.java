package org.tiltlens.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiltlens.fixture.NoiseCorpus;

/** Files that are no checkpoints are told by what they are. */
class InspectCommandTest {
  private static final Path BUNDLE = Path.of("../bundle/src/main/resources/org/tiltlens/bundle");

  @TempDir private Path folder;

  private static Outcome inspect(Path path, String... more) {
    List<String> words = new ArrayList<>(List.of("inspect", path.toString()));
    words.addAll(List.of(more));
    return Outcome.of(words);
  }

  @Test
  void whatCommandsWroteIsTold() {
    assertThat(inspect(BUNDLE).assertDone().out()).contains("a bundle: Fashion-MNIST");
    assertThat(inspect(BUNDLE.resolve("features.parquet")).assertDone().out())
        .contains("a table of tiltlens harvest: 512 features on 10,000 images")
        .contains("framing: pad to 32 x 32");
    for (String pool : List.of("pool", "pool/run.json", "pool/images-2048.zip")) {
      assertThat(inspect(BUNDLE.resolve(pool)).assertDone().out())
          .contains("run.json of tiltlens pool (release ")
          .contains("prior: embedded:prior.safetensors")
          .contains("count: 2048");
    }
    assertThat(inspect(BUNDLE.resolve("pool"), "--json").assertDone().out())
        .contains("\"count\" : \"2048\"");
  }

  @Test
  void aRunTellsItsUnitAndNumbers() {
    Path out = folder.resolve("out");
    Outcome.of(
            List.of(
                "retrieve",
                "--feature",
                "3",
                "--beta",
                "1",
                "--count",
                "2",
                "--limit",
                "50",
                "--out",
                out.toString()))
        .assertDone();
    assertThat(inspect(out).assertDone().out())
        .contains(out + ": run.json of tiltlens retrieve")
        .contains("unit: feature:3@pre", "beta: 1.000", "vision: embedded:vision.safetensors");
  }

  @Test
  void imagesAndNothingAreTold() throws IOException {
    NoiseCorpus.write(folder, 7);
    assertThat(inspect(folder.resolve("images-idx3-ubyte")).assertDone().out())
        .contains("a corpus of 7 images, for --images");
    Path around = Files.createDirectories(folder.resolve("around"));
    try (ZipOutputStream zip =
        new ZipOutputStream(Files.newOutputStream(around.resolve("pictures.zip")))) {
      for (int i = 0; i < 3; i++) {
        zip.putNextEntry(new ZipEntry(i + ".png"));
        ImageIO.write(new BufferedImage(4, 4, BufferedImage.TYPE_INT_RGB), "png", zip);
        zip.closeEntry();
      }
    }
    assertThat(inspect(around).assertDone().out()).contains("a corpus of 3 images, for --images");
    Path unfinished = Files.createDirectories(folder.resolve("run/.state")).getParent();
    assertThat(inspect(unfinished).assertDone().out()).contains("a run that is not finished");
    Path other = Files.writeString(folder.resolve("package.json"), "{\"name\": \"x\"}");
    inspect(other).assertRefused("package.json");
  }
}
