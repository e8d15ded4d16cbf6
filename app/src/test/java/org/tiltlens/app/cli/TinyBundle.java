package org.tiltlens.app.cli;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.tiltlens.checkpoint.SafetensorsWriter;
import org.tiltlens.models.ModelShelf;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Noise;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;
import org.tiltlens.vision.ClassHead;

/** A bundle of the reference models, tiny and random, and a corpus of noise. */
public final class TinyBundle {
  static final int IMAGES = 40;
  static final int CLASSES = 3;
  private static final Path GOLDENS = Path.of("../core/src/test/resources/goldens");
  private static final int SIDE = 28;

  private TinyBundle() {}

  /** Writes the bundle into a new folder. */
  public static void write(Path folder) throws IOException {
    write(folder, 3);
  }

  /**
   * Writes a bundle of the same models.
   *
   * @param noise seed of its corpus
   */
  static void write(Path folder, long noise) throws IOException {
    for (String model : List.of("dinov3_convnext_hf", "cnnsae", "adm_unet.pt")) {
      copy(GOLDENS.resolve(model), folder.resolve(model));
    }
    ByteBuffer bytes = ByteBuffer.allocate(16 + IMAGES * SIDE * SIDE);
    bytes.putInt(0x803).putInt(IMAGES).putInt(SIDE).putInt(SIDE);
    byte[] pixels = new byte[IMAGES * SIDE * SIDE];
    new Random(noise).nextBytes(pixels);
    Files.write(folder.resolve("images-idx3-ubyte"), bytes.put(pixels).array());
    Files.writeString(
        folder.resolve("bundle.json"),
        """
        {"name": "noise", "image_size": 32, "fit": "PAD", "vision": "dinov3_convnext_hf",
         "dictionary": "cnnsae", "prior": "adm_unet.pt",
         "prior_options": {"image_size": "32", "num_head_channels": "16"},
         "noise_schedule": "linear", "base_steps": 1000, "respacing": "3", "preset": "standard",
         "corpus": "images-idx3-ubyte", "features": "features.parquet", "data_licence": "none"}
        """);
    Outcome.of(
            List.of(
                "harvest",
                "--bundle",
                folder.toString(),
                "--images",
                folder.resolve("images-idx3-ubyte").toString(),
                "--out",
                folder.resolve("features.parquet").toString()))
        .assertDone();
  }

  /**
   * Writes a bundle that has a judge: the guiding network with a random head, in files of its own.
   */
  static void writeJudged(Path folder) throws IOException {
    write(folder);
    copy(GOLDENS.resolve("dinov3_convnext_hf"), folder.resolve("judge"));
    try (Scope scope = Scope.open();
        ModelShelf shelf = new ModelShelf()) {
      String judge = folder.resolve("judge").toString();
      long channels = shelf.pooled(judge, Device.CPU).pooled(Tensors.zeros(1, 3, 32, 32)).size(1);
      SafetensorsWriter.write(
          folder.resolve("head.safetensors"),
          Map.of(
              ClassHead.WEIGHT, Noise.normal(1, 0, 0, CLASSES, channels),
              ClassHead.BIAS, Tensors.zeros(CLASSES)),
          Map.of());
    }
    Path manifest = folder.resolve("bundle.json");
    Files.writeString(
        manifest,
        Files.readString(manifest)
            .replace(
                "\"data_licence\"",
                """
                "judge": {"vision": "judge", "head": "head.safetensors",
                          "hook": "stages.2.0.hook_resid_post", "test_accuracy": 0.5},
                 "data_licence\"\
                """));
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> walk = Files.walk(from)) {
      for (Path path : walk.toList()) {
        Path target = to.resolve(from.relativize(path).toString());
        Files.createDirectories(target.getParent());
        Files.copy(path, target);
      }
    }
  }
}
