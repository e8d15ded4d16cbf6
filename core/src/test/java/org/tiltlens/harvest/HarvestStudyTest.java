package org.tiltlens.harvest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiltlens.checkpoint.SafetensorsWriter;
import org.tiltlens.corpus.Framing;
import org.tiltlens.corpus.ImageFiles;
import org.tiltlens.golden.Goldens;
import org.tiltlens.run.Execution;
import org.tiltlens.run.Progress;
import org.tiltlens.torch.Noise;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

@Tag("golden")
class HarvestStudyTest {
  private static final String HOOK = "stages.2.1.hook_resid_pre";
  private static final int CHANNELS = 32;

  @TempDir private Path folder;

  /** Three features, of which one has no threshold that can be reached or not. */
  private Path dictionary() throws IOException {
    Files.writeString(
        folder.resolve("config.json"),
        "{\"sae_type\": \"sae\", \"d_model\": %d, \"norm_activation\": \"none\", \"act_fn\":"
                .formatted(CHANNELS)
            + " \"jumprelu\", \"hook_point_in\": \""
            + HOOK
            + "\"}");
    try (Scope scope = Scope.open()) {
      SafetensorsWriter.write(
          folder.resolve("sae_weights.safetensors"),
          Map.of(
              "W_E", Noise.normal(1, 0, 0, CHANNELS, 3),
              "b_E", Tensors.zeros(3),
              "threshold", Tensors.floats(new float[] {0.1f, Float.NaN, 0.1f}, 3),
              "W_D", Noise.normal(2, 0, 0, 3, CHANNELS),
              "b_D", Tensors.zeros(CHANNELS)),
          Map.of());
    }
    return folder;
  }

  private static double highest(Path table) throws IOException {
    try (FeatureTable open = FeatureTable.open(table)) {
      return open.feature(0).max();
    }
  }

  @Test
  void namesTheFeaturesWithoutAThresholdAndTheClassesThatALimitLeavesOut() throws IOException {
    for (String name : List.of("cat/0.png", "cat/1.png", "dog/0.png")) {
      Path file = folder.resolve("images").resolve(name);
      Files.createDirectories(file.getParent());
      Files.write(file, ImageFiles.encoded(ImageFiles.noise(32, name.length()), "png"));
    }
    HarvestSpec spec =
        new HarvestSpec(
            Goldens.file("dinov3_convnext.pth").toString(),
            Map.of(),
            null,
            dictionary().toString(),
            folder.resolve("images").toString(),
            Framing.crop(32),
            2,
            "mix:0.7",
            0.5,
            16);
    List<String> said = new ArrayList<>();
    Progress progress =
        new Progress() {
          @Override
          public Task begin(String what, long steps) {
            return new Task() {};
          }

          @Override
          public void say(String line) {
            said.add(line);
          }
        };
    Path table = folder.resolve("features.parquet");
    HarvestStudy.Outcome outcome =
        HarvestStudy.run(spec, new Execution("cpu", 1, 1, 1), table, progress);
    assertThat(outcome.unknown()).containsExactly(1);
    assertThat(outcome.info().images()).isEqualTo(2);
    assertThat(said)
        .containsExactly(
            "the first 2 of 3 images are of 1 of 2 classes: numbers are of these alone");
    // The dictionary stays in float32 where the network does not.
    Path rounded = folder.resolve("rounded.parquet");
    HarvestStudy.run(spec, new Execution("cpu", 1, 1, 1, "bf16"), rounded, Progress.SILENT);
    assertThat(highest(rounded))
        .isCloseTo(highest(table), withinPercentage(2))
        .isNotEqualTo(highest(table));
  }
}
