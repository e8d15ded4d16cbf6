package org.tiltlens.unet;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.DoubleStream;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tiltlens.checkpoint.Checkpoints;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.diffusion.ContinuousDenoiser;
import org.tiltlens.diffusion.Denoiser;
import org.tiltlens.golden.Goldens;
import org.tiltlens.golden.LatentGoldens;
import org.tiltlens.torch.Autograd;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/** Networks of EDM of any kind, each shaped as its file says. */
@Tag("golden")
class EdmGoldenTest {
  private static final String FILE = "edm_song_unet.safetensors";

  private static ContinuousDenoiser load(TensorStore store) {
    Map<String, String> said = Map.of("sigma_data", LatentGoldens.say(store, "sigma_data"));
    return EdmCheckpoint.load(store, said, Device.CPU);
  }

  /** Whole numbers, or a row an image that is one at its class; none if the network has none. */
  private static int[] labels(TensorStore store, int classes) {
    if (classes == 0) {
      return null;
    }
    Tensor told = store.load("class_labels");
    if (told.dim() == 1) {
      return LatentGoldens.integers(store, "class_labels");
    }
    return Arrays.stream(Tensors.rows(told))
        .mapToInt(row -> DoubleStream.of(row).boxed().toList().indexOf(1.0))
        .toArray();
  }

  @Test
  void cleanImagesAndInputGradientsEqualTheReference() {
    assertAgrees(LatentGoldens.file(FILE));
  }

  /** NCSN++, and images beside both ways; described beside the files. */
  @ParameterizedTest
  @ValueSource(strings = {"ncsnpp", "skips"})
  void otherKindsEqualTheReferenceToo(String name) {
    assertAgrees(Path.of("src/test/resources/edm", name + ".safetensors"));
  }

  private static void assertAgrees(Path file) {
    try (TensorStore store = Checkpoints.open(file);
        Scope scope = Scope.open();
        ContinuousDenoiser network = load(store)) {
      double[] sigmas = Tensors.toDoubles(store.load("sigma"));
      int[] labels = labels(store, network.classes());
      for (int i = 0; i < sigmas.length; i++) {
        Tensor noisy = Autograd.leaf(store.load("input").select(0, i).contiguous());
        double[] each = new double[Math.toIntExact(noisy.size(0))];
        Arrays.fill(each, sigmas[i]);
        Tensor clean = network.clean(noisy, each, labels);
        Goldens.assertClose(
            clean, store.load("s" + i + ".denoised"), Goldens.TOLERANCE, "denoised " + i);
        Tensor sum = clean.mul(store.load("probe.weight")).sum();
        Goldens.assertClose(
            Autograd.gradient(sum, noisy),
            store.load("s" + i + ".input_grad"),
            Goldens.LOOSE,
            "input_grad " + i);
      }
    }
  }

  @Test
  void tensorsTellTheShape() {
    try (TensorStore store = LatentGoldens.open(FILE);
        Denoiser network = load(store)) {
      int side = LatentGoldens.integer(store, "img_resolution");
      assertThat(network.imageShape())
          .containsExactly(LatentGoldens.integer(store, "img_channels"), side, side);
      assertThat(network.classes()).isEqualTo(LatentGoldens.integer(store, "label_dim"));
      assertThat(EdmCheckpoint.describe(store)).get().asString().contains(side + " x " + side);
    }
  }
}
