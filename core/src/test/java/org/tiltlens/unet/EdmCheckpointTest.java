package org.tiltlens.unet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.checkpoint.Checkpoints;
import org.tiltlens.checkpoint.SafetensorsWriter;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.diffusion.Denoiser;
import org.tiltlens.diffusion.DiffusionPrior;
import org.tiltlens.diffusion.NoiseSchedule;
import org.tiltlens.diffusion.Prediction;
import org.tiltlens.diffusion.Prior;
import org.tiltlens.golden.Goldens;
import org.tiltlens.torch.Autograd;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Noise;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

class EdmCheckpointTest {
  private static final Path FOLDER = Path.of("src/test/resources/edm");
  private static final Path NETWORK = FOLDER.resolve("ddpmpp.safetensors");
  private static final Map<String, String> SAID = Map.of("sigma_data", "0.5");

  @TempDir private Path folder;

  private static Denoiser load() {
    try (TensorStore store = Checkpoints.open(NETWORK)) {
      return EdmCheckpoint.load(store, SAID, Device.CPU);
    }
  }

  @Test
  @Tag("rounding")
  void cleanImagesAndInputGradientEqualTheReference() {
    try (TensorStore reference = Checkpoints.open(FOLDER.resolve("ddpmpp.io"));
        Denoiser network = load();
        Scope scope = Scope.open()) {
      Tensor input = Autograd.leaf(reference.load("input"));
      int[] labels =
          Arrays.stream(Tensors.toLongs(reference.load("labels")))
              .mapToInt(Math::toIntExact)
              .toArray();
      assertThat(labels).contains(Denoiser.NO_CLASS);
      double[] sigmas = Tensors.toDoubles(reference.load("sigmas"));
      Tensor output = network.forward(input, sigmas, labels);
      Goldens.assertClose(output, reference.load("output"), Goldens.TOLERANCE, "output");
      Tensor gradient = Autograd.gradient(output.mul(reference.load("probe")).sum(), input);
      Goldens.assertClose(gradient, reference.load("input_grad"), Goldens.LOOSE, "input_grad");
    }
  }

  /** x_t = sqrt(abar) x_0 + sqrt(1 - abar) epsilon is told as noise of deviation sigma. */
  @Test
  void priorTellsTheNetworkTheNoisesDeviation() {
    NoiseSchedule schedule = NoiseSchedule.cosine(40);
    Map<String, String> options = Map.of("sigma_data", "0.5", "label", "1");
    try (TensorStore store = Checkpoints.open(NETWORK);
        Denoiser network = load();
        Prior prior = new DiffusionPrior(load(), schedule, EdmCheckpoint.options(store, options));
        Scope scope = Scope.open()) {
      Tensor x = Noise.normal(1, 0, 0, 1, 3, 8, 8);
      for (int t : new int[] {0, 17, 39}) {
        double abar = schedule.alphaCumprod(t);
        double sigma = Math.sqrt((1 - abar) / abar);
        Tensor clean = network.forward(x, new double[] {sigma}, new int[] {1});
        Prediction said = prior.predict(x, t);
        Goldens.assertClose(said.x0Hat(), clean, 1e-6, "x0 at " + t);
        Goldens.assertClose(said.mean(), schedule.posteriorMean(clean, x, t), 1e-5, "mean");
      }
    }
  }

  @Test
  void itsTensorsTellItsShape() {
    try (TensorStore store = Checkpoints.open(NETWORK)) {
      assertThat(EdmCheckpoint.describe(store))
          .contains(
              "DDPM++ network of EDM, 8 x 8 pixels, 4,8 channels, 1 blocks a level, attention at"
                  + " downsampling 2, 3 classes");
      assertThatThrownBy(() -> EdmCheckpoint.load(store, Map.of(), Device.CPU))
          .hasMessageContaining("`priorOption` sigma_data=0.5");
    }
    try (TensorStore store = Goldens.open("adm_unet.pt")) {
      assertThat(EdmCheckpoint.describe(store)).isEmpty();
    }
  }

  /** Karras et al. 2022, table 7: 56 million parameters for CIFAR-10. */
  @Test
  void publishedNetworkHasAsManyParametersAsItShould() {
    EdmConfig cifar =
        new EdmConfig(
            32,
            3,
            128,
            128,
            false,
            512,
            List.of(256, 256, 256),
            4,
            List.of(false, true, false),
            0,
            EdmConfig.Encoder.STANDARD,
            false,
            2);
    long parameters =
        EdmLayout.shapes(cifar).values().stream()
            .mapToLong(shape -> shape.stream().reduce(1L, (a, b) -> a * b))
            .sum();
    assertThat(Math.round(parameters / 1e6)).isEqualTo(56);
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "-1", "NaN", "Infinity", "0.5,0.5", ""})
  void deviationIsANumberAboveZero(String said) {
    try (TensorStore store = Checkpoints.open(NETWORK)) {
      assertThatThrownBy(() -> EdmCheckpoint.load(store, Map.of("sigma_data", said), Device.CPU))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("'" + said + "'");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "enc.4x4_aux_residual.weight",
        "out_norm.weight",
        "-enc.8x8_conv.weight",
        "-dec.4x4_in0.qkv.weight",
        "dec.8x8_more.weight"
      })
  void otherNetworksOfEdmAreRefused(String change) {
    Path file = folder.resolve("other.safetensors");
    try (TensorStore store = Checkpoints.open(NETWORK);
        Scope scope = Scope.open()) {
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      store.entries().keySet().stream()
          .filter(name -> !change.equals("-" + name.substring("model.".length())))
          .forEach(name -> tensors.put(name, store.load(name)));
      if (!change.startsWith("-")) {
        tensors.put("model." + change, Tensors.zeros(1));
      }
      SafetensorsWriter.write(file, tensors, Map.of());
    }
    try (TensorStore store = Checkpoints.open(file)) {
      assertThatThrownBy(() -> EdmCheckpoint.load(store, SAID, Device.CPU))
          .isInstanceOf(CheckpointException.class);
      assertThatThrownBy(() -> EdmCheckpoint.describe(store))
          .isInstanceOf(CheckpointException.class)
          .message()
          .doesNotContain("\n");
    }
  }
}
