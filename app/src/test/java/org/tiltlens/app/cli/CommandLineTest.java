package org.tiltlens.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The command line as scripts use it: exit codes, one line per error, files. */
class CommandLineTest {
  private static final Path GOLDENS = Path.of("../core/src/test/resources/goldens");

  /**
   * Images by class, {@code test/CLASS/NUMBER.jpg}; {@code TILTLENS_CIFAR10} names another place.
   */
  private static final String CIFAR10 = "../../shared/data/cifar10-images.zip";

  @TempDir private Path folder;

  private static List<String> visualize(String... more) {
    List<String> arguments = new ArrayList<>();
    arguments.addAll(
        List.of(
            "visualize",
            "--vision",
            GOLDENS.resolve("dinov3_convnext_hf").toString(),
            "--dictionary",
            GOLDENS.resolve("cnnsae").toString(),
            "--prior",
            GOLDENS.resolve("adm_unet.pt").toString(),
            "--prior-option",
            "image_size=32",
            "--prior-option",
            "num_head_channels=16"));
    arguments.addAll(List.of(more));
    return arguments;
  }

  @Test
  void visualizeWritesPicturesAndRunJson() throws IOException {
    Path out = folder.resolve("out");
    Outcome outcome =
        Outcome.of(
            visualize(
                "--feature",
                "3",
                "--beta",
                "2",
                "--steps",
                "4",
                "--count",
                "2",
                "--out",
                out.toString()));
    assertThat(outcome.err()).isEmpty();
    assertThat(outcome.code()).isZero();
    assertThat(outcome.out()).contains("feature:3@pre").contains("klsc/3-1.png");
    JsonNode json = new ObjectMapper().readTree(out.resolve("run.json").toFile());
    assertThat(json.path("seed").asLong()).isEqualTo(45);
    assertThat(json.at("/results/0/method").asText()).isEqualTo("klsc");
    assertThat(json.at("/results/0/images/1/file").asText()).isEqualTo("klsc/3-1.png");
    assertThat(json.at("/results/0/images/1/score").isNumber()).isTrue();
    assertThat(json.at("/results/0/images/1/score_after_topk").isNumber()).isTrue();
    assertThat(json.path("model_seconds_per_step").isNumber()).isTrue();
  }

  @Test
  void particlesAndLaddersTellLogZInTableAndRunJson() throws IOException {
    Outcome twisted =
        Outcome.of(
                visualize(
                    "--feature",
                    "3",
                    "--beta",
                    "2",
                    "--guidance",
                    "twisted",
                    "--particles",
                    "4",
                    "--steps",
                    "3",
                    "--count",
                    "2",
                    "--out",
                    folder.resolve("twisted").toString()))
            .assertDone();
    assertThat(twisted.out()).contains("log Z", "KL(q_beta || p)", "ESS").doesNotContain("<=");
    JsonNode particles = result("twisted");
    assertThat(particles.at("/estimates/log_z/value")).isEqualTo(particles.path("log_z"));
    assertThat(particles.at("/estimates/kl/standard_error").isNumber()).isTrue();
    assertThat(particles.path("ess").isNumber()).isTrue();
    assertThat(particles.path("ess_per_step")).hasSize(4);
    assertThat(particles.has("path_kl")).isFalse();

    Outcome ladder =
        Outcome.of(
                visualize(
                    "--feature",
                    "3",
                    "--beta",
                    "2",
                    "--betas",
                    "1",
                    "--steps",
                    "3",
                    "--count",
                    "2",
                    "--out",
                    folder.resolve("ladder").toString()))
            .assertDone();
    assertThat(ladder.out()).contains("log Z", "KL(q || q_beta) <=").doesNotContain("ESS");
    JsonNode tilt = result("ladder");
    assertThat(tilt.at("/ladder/1/beta").asDouble()).isEqualTo(1);
    assertThat(tilt.at("/estimates/path_kl/value")).isEqualTo(tilt.path("path_kl"));
    assertThat(tilt.at("/estimates/certificate/standard_error").isNumber()).isTrue();
    assertThat(tilt.has("ess")).isFalse();
  }

  private JsonNode result(String out) throws IOException {
    return new ObjectMapper()
        .readTree(folder.resolve(out).resolve("run.json").toFile())
        .at("/results/0");
  }

  @Test
  void presetEnergydpsUsesThePublishedSettings() {
    Path out = folder.resolve("out");
    Outcome outcome =
        Outcome.of(
            visualize(
                "--preset",
                "energydps",
                "--hook",
                "stages.2.1.hook_resid_pre",
                "--feature",
                "3",
                "--cap",
                "15",
                "--steps",
                "2",
                "--count",
                "1",
                "--prior-option",
                "image_size=32",
                "--json",
                "--out",
                out.toString()));
    assertThat(outcome.err()).isEmpty();
    assertThat(outcome.code()).isZero();
    assertThat(outcome.out())
        .contains("\"guidance\" : \"constant\"")
        .contains("\"scale\" : 1.0")
        .contains("\"objective\" : \"clip\"")
        .contains("\"mix_alpha\" : \"0.7\"")
        .contains("\"center\" : 0.5");
  }

  @Test
  void repeatDrawsTheSamePictures() throws IOException {
    Path first = folder.resolve("first");
    Path again = folder.resolve("again");
    Outcome.of(
        visualize(
            "--unit",
            "channel:5",
            "--hook",
            "stages.1.1.hook_conv_out",
            "--guidance",
            "constant",
            "--scale",
            "3",
            "--form",
            "ddim",
            "--steps",
            "5",
            "--count",
            "1",
            "--out",
            first.toString()));
    Outcome outcome =
        Outcome.of(
            List.of(
                "visualize",
                "--repeat",
                first.resolve("run.json").toString(),
                "--out",
                again.toString()));
    assertThat(outcome.err()).isEmpty();
    assertThat(again.resolve("klsc/channel-5-0.png"))
        .hasSameBinaryContentAs(first.resolve("klsc/channel-5-0.png"));
    assertThat(
            Outcome.of(
                    List.of(
                        "visualize",
                        "--repeat",
                        first.resolve("run.json").toString(),
                        "--beta",
                        "2"))
                .err())
        .contains("--beta cannot be changed with --repeat");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--feature 3 --beta 1 --bogus 4               | Unknown option",
        "--feature 3 --beta lots                      | 'lots' is not a double",
        "--feature 3                                  | --guidance tilt needs one of --beta,"
            + " --activation and --target-percentile",
        "--feature 3 --beta 1 --scale 2               | --scale 2.0 has a meaning only with"
            + " --guidance constant",
        "--feature 3 --beta NaN                       | illegal beta: NaN, must be a finite number",
        "--beta 1                                     | give one of --feature J and --unit U",
        "--feature 999 --beta 1                       | feature 999 does not exist: the dictionary"
            + " has features 0..127",
        "--unit channel:99 --beta 1                   | channel 99 does not exist",
        "--unit colour:red --beta 1                   | unit 'colour:red' is not understood",
        "--feature 3 --beta 1 --hook stages.2.40.hook_resid_pre | stage 2 has blocks 0..2",
        "--feature 3 --beta 1 --hook stages.1.0.hook_resid_pre  | it was trained at"
            + " stages.2.1.hook_resid_pre",
        "--feature 3 --beta 1 --respacing ddim999     | ddim999",
        "--feature 3 --beta 1 --steps 5 --respacing 5 | give one of --steps and --respacing",
        "--feature 3 --beta 1 --reduction median      | unknown reduction 'median'",
        "--feature 3 --beta 1 --center 0              | must be above 0",
        "--feature 3 --beta 1 --count 0               | illegal count: 0",
        "--feature 3 --beta 1 --batch 0               | illegal batch: 0",
        "--feature 3 --beta 1 --device gpu            | use cpu, or cuda:0",
        "--feature 3 --beta 1 --device cuda:0         | --device cpu",
        "--feature 3 --beta 1 --prior-option heads=4  | unknown prior option 'heads'",
        "--feature 3 --target-percentile 99           | give --harvest FILE",
        "--feature 3 --activation 2 --beta 1          | needs one of --beta, --activation",
        "--feature 3 --activation 2 --target-percentile 9 | give one of --activation and",
        "--feature 3 --target-percentile 101          | must be in 0..100",
        "--feature 3 --guidance constant --activation 2 | --activation has a meaning only with",
        "--feature 3 --beta 1 --guidance twisted --particles 1 | illegal particles: 1, must be in"
            + " 2..",
        "--feature 3 --beta 1 --guidance twisted --form ddim   | give --form ddpm, not ddim",
        "--feature 3 --beta 1 --particles 8           | --particles 8 has a meaning only with",
        "--feature 3 --guidance twisted               | --guidance twisted needs one of --beta,",
        "--feature 3 --beta 1 --betas 2               | expected 0 first, then strictly rising",
        "--feature 3 --activation 2 --betas 1         | --betas has a meaning only with",
        "--feature 3 --beta 1 --gradient half        | unknown gradient 'half': use full or x0",
        "--feature 3 --beta 1 --smoothing 0          | score smoothed over 0 draws, must be",
        "--feature 3 --beta 1 --gradient x0 --smoothing 4      | only with --gradient full",
        "--feature 3 --beta 1 --gradient x0 --guidance twisted | needs --gradient full",
        "--feature 3 --guidance constant --scale 1 --form dpmsolver | give --guidance tilt, or"
            + " --form",
        "--feature 3 --bundle nowhere                 | --bundle 'nowhere' brings its own models",
      })
  void wrongUsageSaysWhatToChangeInOneLine(String options, String expected) {
    List<String> arguments = visualize(options.strip().split(" +"));
    arguments.addAll(List.of("--out", folder.resolve("out").toString()));
    Outcome.of(arguments).assertRefused(expected);
    assertThat(folder.resolve("out")).doesNotExist();
  }

  @Test
  void missingAndForeignFilesAreNamed() throws IOException {
    Outcome.of(List.of("inspect", "nowhere.pt")).assertRefused("nowhere.pt");
    Path text = Files.writeString(folder.resolve("notes.pt"), "hello");
    Outcome.of(List.of("inspect", text.toString())).assertRefused("notes.pt");
    Path vision = GOLDENS.resolve("adm_unet.pt");
    Outcome.of(
            List.of(
                "visualize",
                "--vision",
                vision.toString(),
                "--prior",
                vision.toString(),
                "--unit",
                "channel:1",
                "--hook",
                "stages.0.0.hook_resid_pre",
                "--beta",
                "1"))
        .assertRefused("holds no ConvNeXt");
    Outcome.of(List.of("visualize", "--repeat", text.toString())).assertRefused("notes.pt");
  }

  @Test
  void inspectTellsTensorsAndArchitecture() {
    Outcome text = Outcome.of(List.of("inspect", GOLDENS.resolve("adm_unet.pt").toString()));
    assertThat(text.code()).isZero();
    assertThat(text.out())
        .contains("time_embed.0.weight")
        .contains("128 x 32")
        .contains("architecture: ADM UNet, 32 channels x 1,2");
    Outcome json =
        Outcome.of(List.of("inspect", "--json", GOLDENS.resolve("dinov3_convnext_hf").toString()));
    assertThat(json.out())
        .contains("\"architecture\" : \"DINOv3 ConvNeXt")
        .contains("\"format\" : \"pt\"");
  }

  @Test
  void aKilledRunGoesOnWhereItStopped() throws IOException, InterruptedException {
    Path killed = folder.resolve("killed");
    List<String> arguments =
        visualize(
            "--feature",
            "3",
            "--beta",
            "2",
            "--steps",
            "40",
            "--count",
            "5",
            "--batch",
            "1",
            "--out",
            killed.toString());
    Process process = java(arguments);
    Path second = killed.resolve("klsc/3-1.safetensors");
    for (int i = 0; i < 600 && process.isAlive() && !Files.exists(second); i++) {
      TimeUnit.MILLISECONDS.sleep(100);
    }
    process.destroyForcibly().waitFor();
    assertThat(second).exists();
    assertThat(killed.resolve("run.json")).doesNotExist();
    var written = Files.getLastModifiedTime(second);

    assertThat(Outcome.of(arguments).code()).isZero();
    assertThat(Files.getLastModifiedTime(second)).as("finished images are kept").isEqualTo(written);
    Path whole = folder.resolve("whole");
    arguments.set(arguments.size() - 1, whole.toString());
    assertThat(Outcome.of(arguments).code()).isZero();
    for (int i = 0; i < 5; i++) {
      String name = "klsc/3-" + i + ".safetensors";
      assertThat(killed.resolve(name)).hasSameBinaryContentAs(whole.resolve(name));
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "prior|prior.safetensors|--channels 32 --channel-mult 1 --res-blocks 1 --attention 16"
            + " --samples 4 --sample-steps 2",
        "vision|vision.safetensors|--dims 8,16 --depths 1,1",
        "dictionary|sae_weights.safetensors|--block stages.1.0 --expansion 2 --top-k 4"
      })
  void aKilledTrainingEndsBitForBitAsAnUninterruptedOne(String kind, String file, String options)
      throws IOException, InterruptedException {
    Path killed = folder.resolve("killed");
    List<String> arguments = new ArrayList<>(List.of("train", kind));
    arguments.addAll(List.of(options.split(" ")));
    if (kind.equals("dictionary")) {
      arguments.addAll(List.of("--vision", GOLDENS.resolve("dinov3_convnext_hf").toString()));
    }
    arguments.addAll(List.of("--images", images(kind).toString(), "--image-size", "32"));
    arguments.addAll(List.of("--batch", "8", "--steps", "40", "--checkpoint-every", "0"));
    arguments.addAll(List.of("--out", killed.toString()));
    Process process = java(arguments);
    Path checkpoint = killed.resolve("training.safetensors");
    for (int i = 0; i < 1200 && process.isAlive() && !Files.exists(checkpoint); i++) {
      TimeUnit.MILLISECONDS.sleep(50);
    }
    process.destroyForcibly().waitFor();
    assertThat(checkpoint).exists();
    assertThat(killed.resolve("training.json")).doesNotExist();

    assertThat(Outcome.of(arguments).err()).contains("give --resume");
    List<String> whole = new ArrayList<>(arguments);
    whole.set(whole.size() - 1, folder.resolve("whole").toString());
    assertThat(Outcome.of(whole).code()).isZero();
    arguments.add("--resume");
    Outcome resumed = Outcome.of(arguments);
    assertThat(resumed.err()).isEmpty();
    assertThat(resumed.out()).contains(kind + ": 40 steps");
    assertThat(killed.resolve(file)).hasSameBinaryContentAs(folder.resolve("whole").resolve(file));
  }

  /** Trains a tiny classifier for one step. */
  private Outcome trainVision(Path images) {
    return Outcome.of(
        List.of(
            "train",
            "vision",
            "--dims",
            "8",
            "--depths",
            "1",
            "--batch",
            "30",
            "--steps",
            "1",
            "--images",
            images.toString(),
            "--out",
            folder.resolve("trained").toString()));
  }

  @Test
  void brokenImagesOfATrainingAreCountedAndNamed() throws IOException {
    Path pictures = pictures();
    Path cut = pictures.resolve("falling").resolve("cut.jpg");
    BufferedImage noise = new BufferedImage(64, 64, BufferedImage.TYPE_INT_RGB);
    noise.setRGB(0, 0, 64, 64, new Random(1).ints(64 * 64).toArray(), 0, 64);
    ImageIO.write(noise, "jpg", cut.toFile());
    byte[] jpeg = Files.readAllBytes(cut);
    Files.write(cut, Arrays.copyOf(jpeg, jpeg.length / 2));
    Files.write(pictures.resolve("rising").resolve("huge.png"), pngHeader(40_000));
    Outcome outcome = trainVision(pictures);
    assertThat(outcome.code()).isZero();
    assertThat(outcome.out()).contains("vision: 1 steps");
    assertThat(outcome.err().strip().lines()).hasSize(1);
    assertThat(outcome.err())
        .contains("pictures': 2 skipped: falling/cut.jpg: is truncated")
        .contains("rising/huge.png: is 40000 x 40000 pixels, more than the 64 million allowed");
  }

  /** The start of a PNG file of 8-bit RGB, with the sum that guards its header. */
  private static byte[] pngHeader(int side) {
    ByteBuffer png = ByteBuffer.allocate(33);
    png.putLong(0x89504E470D0A1A0AL).putInt(13).putInt(0x49484452);
    png.putInt(side).putInt(side).putInt(0x08020000).put((byte) 0);
    CRC32 sum = new CRC32();
    sum.update(png.array(), 12, 17);
    return png.putInt((int) sum.getValue()).array();
  }

  @Test
  void imagesThatAreNoneAreRefused() throws IOException {
    Path empty = Files.createDirectory(folder.resolve("empty"));
    trainVision(empty).assertRefused("empty' holds no images: expected .jpg");
    ByteBuffer idx = ByteBuffer.allocate(16 + 2 * 16);
    idx.putInt(0x803).putInt(3).putInt(4).putInt(4);
    Path wrong = Files.write(folder.resolve("images-idx3-ubyte"), idx.array());
    trainVision(wrong).assertRefused("states 3 images, which take 64 bytes, but it has 48");
    assertThat(folder.resolve("trained")).doesNotExist();
  }

  /** CIFAR-10 where it lies on this machine, else pictures made here. */
  private Path images(String kind) throws IOException {
    String zip = System.getenv().getOrDefault("TILTLENS_CIFAR10", CIFAR10);
    // The smallest part that will do: a result is measured on a tenth of it, norms on all of it.
    String part = kind.equals("vision") ? "test" : "test/bird";
    return Files.exists(Path.of(zip)) ? Path.of(zip, part) : pictures();
  }

  /** Two folders of twelve pictures each: rising and falling ramps of grey. */
  private Path pictures() throws IOException {
    Path pictures = folder.resolve("pictures");
    for (int i = 0; i < 24; i++) {
      BufferedImage image = new BufferedImage(16, 16, BufferedImage.TYPE_INT_RGB);
      for (int p = 0; p < 256; p++) {
        int level = (i % 2 == 0 ? p % 16 : 15 - p % 16) * 10 + 3 * i;
        image.setRGB(p % 16, p / 16, level << 16 | level << 8 | level);
      }
      Path file = pictures.resolve(i % 2 == 0 ? "rising" : "falling").resolve(i + ".png");
      Files.createDirectories(file.getParent());
      ImageIO.write(image, "png", file.toFile());
    }
    return pictures;
  }

  /** The command in a process of its own, to be killed. */
  private Process java(List<String> arguments) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Tiltlens.class.getName()));
    command.addAll(arguments);
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(folder.resolve("log").toFile())
        .start();
  }
}
