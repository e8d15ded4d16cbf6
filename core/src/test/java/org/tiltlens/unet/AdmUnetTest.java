package org.tiltlens.unet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.checkpoint.Checkpoints;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.golden.Goldens;
import org.tiltlens.torch.Autograd;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Noise;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

@Tag("rounding")
class AdmUnetTest {
  /** The reference networks, and small ones for the options those leave out. */
  static Stream<Path> networks() throws IOException {
    return Stream.concat(
        list(Goldens.folder(), "adm_unet"), list(Path.of("src/test/resources/adm-variants"), ""));
  }

  private static Stream<Path> list(Path folder, String prefix) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(file -> file.getFileName().toString().startsWith(prefix))
          .filter(file -> file.toString().endsWith(".safetensors"))
          .sorted()
          .toList()
          .stream();
    }
  }

  @ParameterizedTest
  @MethodSource("networks")
  @Tag("golden")
  void outputAndInputGradientEqualTheReference(Path file) {
    try (TensorStore store = Checkpoints.open(file);
        AdmUnet unet =
            AdmUnet.load(store, AdmUnetConfig.fromOptions(store.metadata()), Device.CPU);
        Scope scope = Scope.open()) {
      Tensor input = Autograd.leaf(store.load("input"));
      Tensor output = unet.forward(input, timesteps(store), labels(store));
      Goldens.assertClose(output, store.load("output"), Goldens.TOLERANCE, "output");
      Tensor gradient = Autograd.gradient(output.mul(store.load("probe.weight")).sum(), input);
      Goldens.assertClose(gradient, store.load("input_grad"), Goldens.LOOSE, "input_grad");
    }
  }

  @ParameterizedTest
  @MethodSource("networks")
  @Tag("golden")
  void optionsAreRecognisedFromTheTensors(Path file) {
    try (TensorStore store = Checkpoints.open(file)) {
      AdmUnetConfig config = AdmUnetConfig.fromOptions(store.metadata());
      assertThat(AdmCheckpoint.recognise(store, config.imageSize(), config.heads()))
          .isEqualTo(config);
    }
  }

  @Test
  @Tag("golden")
  void pytorchFileGivesTheSameNetwork() {
    try (TensorStore store = Goldens.open("adm_unet.safetensors");
        TensorStore pickled = Goldens.open("adm_unet.pt")) {
      AdmUnetConfig given = AdmUnetConfig.fromOptions(store.metadata());
      AdmUnetConfig config = AdmCheckpoint.recognise(pickled, given.imageSize(), given.heads());
      try (AdmUnet unet = AdmUnet.load(pickled, config, Device.CPU);
          Scope scope = Scope.open()) {
        Tensor output = unet.forward(store.load("input"), timesteps(store), labels(store));
        Goldens.assertClose(output, store.load("output"), Goldens.TOLERANCE, "output");
      }
    }
  }

  private static double[] timesteps(TensorStore store) {
    return Tensors.toDoubles(store.load("timesteps"));
  }

  private static int[] labels(TensorStore store) {
    return Stream.of("y", "labels")
        .filter(store.entries()::containsKey)
        .findFirst()
        .map(name -> Tensors.toLongs(store.load(name)))
        .map(labels -> Arrays.stream(labels).mapToInt(Math::toIntExact).toArray())
        .orElse(null);
  }

  @Test
  void samplesOfABatchDoNotMix() {
    try (AdmUnet unet = RandomUnets.random(RandomUnets.TINY);
        Scope scope = Scope.open()) {
      Tensor x = Noise.normal(3, 0, 0, 3, 3, 16, 16);
      Tensor batch = unet.forward(x, new double[] {3, 500, 900}, null);
      for (int i = 0; i < 3; i++) {
        double t = new double[] {3, 500, 900}[i];
        Tensor alone = unet.forward(x.narrow(0, i, 1), new double[] {t}, null);
        Goldens.assertClose(batch.narrow(0, i, 1), alone, Goldens.TOLERANCE, "sample " + i);
      }
    }
  }

  @Test
  void imagesNeedNotBeSquare() {
    try (AdmUnet unet = RandomUnets.random(RandomUnets.TINY);
        Scope scope = Scope.open()) {
      Tensor output = unet.forward(Noise.normal(3, 0, 0, 1, 3, 8, 20), new double[] {7}, null);
      assertThat(Tensors.shape(output)).containsExactly(1, 6, 8, 20);
    }
  }

  @Test
  void graphExistsOnlyDownstreamOfALeaf() {
    try (AdmUnet unet = RandomUnets.random(RandomUnets.TINY);
        Scope scope = Scope.open()) {
      Tensor x = Noise.normal(3, 0, 0, 1, 3, 16, 16);
      assertThat(unet.forward(x, new double[] {7}, null).requires_grad()).isFalse();
      assertThat(unet.forward(Autograd.leaf(x), new double[] {7}, null).requires_grad()).isTrue();
    }
  }

  @Test
  void wrongInputSaysWhatIsExpected() {
    AdmUnetConfig conditional =
        AdmUnetConfig.fromOptions(RandomUnets.options("class_cond", "True", "num_classes", "4"));
    try (AdmUnet unet = RandomUnets.random(RandomUnets.TINY);
        AdmUnet classes = RandomUnets.random(conditional);
        Scope scope = Scope.open()) {
      Tensor x = Tensors.zeros(2, 3, 16, 16);
      double[] t = {1, 2};
      assertThatThrownBy(() -> unet.forward(Tensors.zeros(2, 3, 15, 16), t, null))
          .hasMessage("the UNet wants Nx3xHxW with H and W multiples of 2, not 2x3x15x16");
      assertThatThrownBy(() -> unet.forward(x, new double[] {1}, null))
          .hasMessage("2 images need as many timesteps and labels, not 1 and none");
      assertThatThrownBy(() -> unet.forward(x, t, new int[] {0, 1}))
          .hasMessageContaining("not class-conditional");
      assertThatThrownBy(() -> classes.forward(x, t, null))
          .hasMessageContaining("give a label from 0 to 3");
      assertThatThrownBy(() -> classes.forward(x, t, new int[] {0, 4}))
          .hasMessage("class label 4 does not exist: 0..3");
    }
  }

  @Test
  @Tag("golden")
  void checkpointThatDoesNotFitIsListed() {
    AdmUnetConfig other;
    try (TensorStore store = Goldens.open("adm_unet.safetensors")) {
      Map<String, String> options = new HashMap<>(store.metadata());
      options.computeIfPresent(
          "num_channels", (name, channels) -> "" + 2 * Integer.parseInt(channels));
      other = AdmUnetConfig.fromOptions(options);
      assertThatThrownBy(() -> AdmUnet.load(store, other, Device.CPU))
          .isInstanceOf(CheckpointException.class)
          .hasMessageContaining("time_embed.0.weight");
    }
    try (TensorStore store = Goldens.open("spatial_reductions.safetensors")) {
      assertThatThrownBy(() -> AdmUnet.load(store, other, Device.CPU))
          .isInstanceOf(CheckpointException.class)
          .hasMessageContaining("is no checkpoint of an ADM UNet");
    }
  }
}
