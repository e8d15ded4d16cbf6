package org.tiltlens.dit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.diffusion.DiffusionPrior;
import org.tiltlens.diffusion.NoiseSchedule;
import org.tiltlens.diffusion.Prediction;
import org.tiltlens.diffusion.Prior;
import org.tiltlens.golden.Goldens;
import org.tiltlens.golden.LatentGoldens;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Noise;
import org.tiltlens.torch.Scope;

class DitCheckpointTest {
  private static final String FILE = "dit.safetensors";

  /** x0Hat = (x - sqrt(1 - abar) epsilon) / sqrt(abar), unclipped, of the class that is said. */
  @Test
  @Tag("golden")
  void isAPriorOfLatents() {
    try (TensorStore store = LatentGoldens.open(FILE);
        Scope scope = Scope.open()) {
      Map<String, String> said =
          Map.of("num_heads", LatentGoldens.say(store, "num_heads"), "label", "1");
      Dit network = DitCheckpoint.load(store, said, Device.CPU);
      NoiseSchedule schedule = NoiseSchedule.linear(1000).respaced("10");
      try (Prior prior =
          new DiffusionPrior(network, schedule, DitCheckpoint.options(store, said))) {
        long[] shape = network.imageShape();
        Tensor x = Noise.normal(3, 0, 0, 1, shape[0], shape[1], shape[2]);
        Prediction says = prior.predict(x, 4);
        double[] timestep = {schedule.timestep(4)};
        Tensor epsilon = network.forward(x, timestep, new int[] {1}).narrow(1, 0, shape[0]);
        Goldens.assertClose(says.x0Hat(), schedule.x0(x, epsilon, 4), 1e-5, "x0Hat");
      }
    }
  }

  @Test
  @Tag("golden")
  void describedWithoutItsHeads() {
    try (TensorStore store = LatentGoldens.open(FILE)) {
      String side = LatentGoldens.say(store, "input_size");
      assertThat(DitCheckpoint.describe(store))
          .get()
          .asString()
          .startsWith("diffusion transformer, " + LatentGoldens.say(store, "depth") + " blocks of ")
          .contains(side + " x " + side + " in patches of ");
    }
    try (TensorStore store = LatentGoldens.open("edm_song_unet.safetensors")) {
      assertThat(DitCheckpoint.describe(store)).isEmpty();
    }
  }

  @Test
  void wrongHeadsAreRefused() {
    try (TensorStore store = LatentGoldens.open(FILE)) {
      assertThatThrownBy(() -> DitCheckpoint.load(store, Map.of("num_heads", "many"), Device.CPU))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("'many' is not a whole number");
      assertThatThrownBy(
              () -> DitCheckpoint.load(store, Map.of("num_heads", "1000003"), Device.CPU))
          .isInstanceOf(CheckpointException.class)
          .hasMessageContaining("1000003 heads");
    }
  }
}
