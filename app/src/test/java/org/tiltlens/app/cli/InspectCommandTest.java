package org.tiltlens.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiltlens.checkpoint.DType;
import org.tiltlens.fixture.DitFiles;
import org.tiltlens.fixture.NoiseCorpus;
import org.tiltlens.fixture.StableDiffusionFiles;
import org.tiltlens.fixture.StableDiffusionSizes;

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
          .contains("run.json of tiltlens pool (release ", "steps: 50 (ddpm, ")
          .contains("prior: embedded:prior.safetensors")
          .contains("count: 2048");
    }
    assertThat(inspect(BUNDLE.resolve("pool"), "--json").assertDone().out())
        .contains("\"count\" : \"2048\"");
  }

  /** A name may hold a terminal's commands, or turn the line around: they are shown. */
  @Test
  void whatANameTellsTheTerminalIsShown() throws IOException {
    Path bundle = folder.resolve("bundle.json");
    Files.writeString(
        bundle,
        "{\"name\": \"a\\u001b[2Jb\\u0000c\\u009bd\\u202ee\\rf\", \"data_licence\": \"x\"}");
    assertThat(inspect(bundle).assertDone().out())
        .contains("a bundle: a\\u001b[2Jb\\u0000c\\u009bd\\u202ee\\u000df");
    Outcome refused = inspect(folder.resolve("no\u001b]0;title\u0007"));
    refused.assertRefused("no\\u001b]0;title\\u0007' does not exist");
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    new PlainText.Stream(new PrintStream(bytes)).println("\u001b[1m\tand \u00e9");
    assertThat(bytes.toString(Charset.defaultCharset()))
        .isEqualTo("\\u001b[1m\tand \u00e9" + System.lineSeparator());
    assertThat(PlainText.of("two\r\nlines")).isEqualTo("two\r\nlines");
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
  void aPriorOfLatentsBeginsWithWhatItDrawsAndIsTold() throws IOException {
    Path pipeline = folder.resolve("pipeline");
    StableDiffusionFiles.pipeline(pipeline, StableDiffusionSizes.TINY, DType.F16);
    assertThat(inspect(pipeline).assertDone().out().lines().limit(3))
        .satisfiesExactly(
            line -> assertThat(line).startsWith("architecture: diffusers UNet2DConditionModel"),
            line -> assertThat(line).isEqualTo("pictures: 32 x 32 pixels, of latents 4 x 16 x 16"),
            line -> assertThat(line).startsWith("told a text: say what with --prompt TEXT"));
    Path file = folder.resolve("model.safetensors");
    StableDiffusionFiles.file(file, StableDiffusionSizes.TINY, DType.F16);
    assertThat(inspect(file).assertDone().out().lines().limit(3))
        .satisfiesExactly(
            line -> assertThat(line).startsWith("architecture: latent diffusion of latents of 4"),
            line ->
                assertThat(line)
                    .startsWith("pictures: 2 pixels for each of a latent's side, of latents 4 x S")
                    .contains("--prior-option image_size=S, such as 64 for 128 x 128 pixels"),
            line -> assertThat(line).startsWith("told a text: "));
    Path transformer = folder.resolve("transformer");
    DitFiles.TINY.write(transformer, DType.F16);
    assertThat(inspect(transformer).assertDone().out().lines().skip(1).limit(2))
        .first()
        .asString()
        .matches("pictures: \\d+ x \\d+ pixels, of latents 4 x \\d+ x \\d+");
    assertThat(inspect(transformer).out()).contains("told no text: --prompt has no meaning for it");
    assertThat(inspect(pipeline, "--json").assertDone().out())
        .contains("\"downsampling\" : 2", "\"text\" : true");
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
