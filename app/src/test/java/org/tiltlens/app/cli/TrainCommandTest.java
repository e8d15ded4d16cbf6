package org.tiltlens.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

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

/** Trainings from the command line: killed and resumed, and on images that are none. */
class TrainCommandTest {
  private static final Path GOLDENS = Path.of("../core/src/test/resources/goldens");

  /**
   * Images by class, {@code test/CLASS/NUMBER.jpg}; {@code TILTLENS_CIFAR10} names another place.
   */
  private static final String CIFAR10 = "../../shared/data/cifar10-images.zip";

  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "prior|prior.safetensors|--channels 32 --channel-mult 1 --res-blocks 1 --attention 16"
            + " --samples 4 --sample-steps 2",
        "autoencoder|vae/diffusion_pytorch_model.safetensors|--channels 8 --channel-mult 1,2"
            + " --groups 4 --kl-weight 1e-5 --flip --compared 2",
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
    Process process = OwnProcess.start(arguments, folder.resolve("log"));
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
        .contains("rising/huge.png: is 40000 x 40000 pixels, more than the 64 million allowed")
        .contains("; names in " + folder.resolve("trained/skipped.txt"));
    assertThat(folder.resolve("trained/skipped.txt"))
        .content()
        .startsWith("falling/cut.jpg: is truncated\nrising/huge.png: is 40000 x 40000 pixels");
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
}
