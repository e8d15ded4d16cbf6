package org.tiltlens.app.cli;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/** A bundle of the reference models, tiny and random, and a corpus of noise. */
public final class TinyBundle {
  static final int IMAGES = 40;
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
