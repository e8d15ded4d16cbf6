package org.tiltlens.example;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiltlens.torch.Noise;
import org.tiltlens.torch.Tensors;
import org.tiltlens.training.Budget;
import org.tiltlens.training.ImageFeatures;
import org.tiltlens.training.LabelledImages;
import org.tiltlens.training.PriorReport;
import org.tiltlens.training.PriorSampling;
import org.tiltlens.training.PriorSettings;
import org.tiltlens.training.PriorTraining;
import org.tiltlens.training.TrainingRun;
import org.tiltlens.training.TrainingSettings;
import org.tiltlens.unet.AdmUnetConfig;

/** The example of training, a few steps of it. */
class TrainingExampleTest {
  private static final int SIDE = 16;

  @TempDir private Path folder;

  /** Images of faint noise. */
  private record Faint(int size) implements LabelledImages {
    @Override
    public Tensor image(int index) {
      return Tensors.scale(Noise.normal(size, index, 0, 3, SIDE, SIDE), 0.2);
    }

    @Override
    public int label(int index) {
      return 0;
    }

    @Override
    public int classes() {
      return 0;
    }
  }

  @Test
  void training() throws IOException {
    LabelledImages images = new Faint(24);
    LabelledImages heldOut = new Faint(8);
    Budget budget = Budget.steps(2);
    PriorSampling sampling = new PriorSampling(2, 2, ImageFeatures.pixels());
    TrainingSettings few = new TrainingSettings(1, 4, 2e-4, 0, 1, 0, 1, 0.5);
    // tag::training
    AdmUnetConfig network =
        AdmUnetConfig.fromOptions(
            Map.of(
                "image_size", "16",
                "num_channels", "32",
                "num_res_blocks", "1",
                "channel_mult", "1,1",
                "attention_resolutions", "8",
                "num_head_channels", "16",
                "learn_sigma", "True"));
    TrainingRun run = TrainingRun.in(folder, few, budget); // resumed(budget) goes on with it
    PriorReport report =
        PriorTraining.run(PriorSettings.of(network), sampling, images, heldOut, run);
    // end::training
    assertThat(report.steps()).isEqualTo(2);
    assertThat(folder.resolve("prior.safetensors")).isRegularFile();
  }
}
