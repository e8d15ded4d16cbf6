package org.tiltlens.app.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.tiltlens.checkpoint.SafetensorsWriter;
import org.tiltlens.fixture.NoiseBundle;
import org.tiltlens.models.ModelShelf;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Noise;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;
import org.tiltlens.vision.ClassHead;

/** A bundle of the reference models, tiny and random, and a corpus of noise. */
public final class TinyBundle {
  static final int IMAGES = NoiseBundle.IMAGES;
  static final int CLASSES = 3;
  private static final Path GOLDENS = Path.of("../core/src/test/resources/goldens");

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
    NoiseBundle.write(folder, noise);
  }

  /**
   * Writes a bundle that has a judge: the guiding network with a random head, in files of its own.
   */
  static void writeJudged(Path folder) throws IOException {
    write(folder);
    NoiseBundle.copy(GOLDENS.resolve("dinov3_convnext_hf"), folder.resolve("judge"));
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
}
