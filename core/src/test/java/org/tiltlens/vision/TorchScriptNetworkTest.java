package org.tiltlens.vision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.DoubleStream;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.checkpoint.Checkpoints;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.golden.Goldens;
import org.tiltlens.torch.Autograd;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Lanes;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/** Against PyTorch's own numbers, made by {@code torchscript/make_networks.py}. */
@Tag("rounding")
class TorchScriptNetworkTest {
  private static final Path FOLDER = Path.of("src/test/resources/torchscript");
  private static final double TOLERANCE = 1e-5;

  @TempDir Path folder;

  private static TorchScriptNetwork open(String name) {
    return TorchScriptNetwork.open(FOLDER.resolve(name + ".pt"), Device.CPU);
  }

  private static TensorStore expected(String name) {
    return Checkpoints.open(FOLDER.resolve(name + ".safetensors"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"map", "tokens", "grey"})
  void outputFeaturesAndGradientAreThoseOfPytorch(String name) {
    try (Scope scope = Scope.open();
        TorchScriptNetwork network = open(name);
        TensorStore expected = expected(name)) {
      Tensor images = Autograd.leaf(expected.load("images"));
      Tensor features = network.features(images);
      Tensor gradient = Autograd.gradient(features.mul(expected.load("probe")).sum(), images);

      assertClose(network.forward(images), expected.load("output"), name + " output");
      assertClose(features, expected.load("features"), name + " features");
      assertClose(gradient, expected.load("input_grad"), name + " gradient");
    }
  }

  private static void assertClose(Tensor actual, Tensor expected, String what) {
    Goldens.assertClose(actual, expected, TOLERANCE, what);
  }

  /** A weight that required a gradient would give the output a graph. */
  @Test
  void noGraphWithoutALeaf() {
    try (Scope scope = Scope.open();
        TorchScriptNetwork network = open("map");
        TensorStore expected = expected("map")) {
      assertThat(network.forward(expected.load("images")).requires_grad()).isFalse();
    }
  }

  @Test
  void callsAndThreadsGiveTheSameBits() {
    try (TorchScriptNetwork network = open("tokens");
        TensorStore expected = expected("tokens")) {
      List<List<Double>> runs =
          new Lanes(4, 1)
              .map(
                  12,
                  i -> {
                    try (Scope scope = Scope.open()) {
                      Tensor images = Autograd.leaf(expected.load("images"));
                      Tensor features = network.features(images);
                      Tensor gradient = Autograd.gradient(features.square().sum(), images);
                      return DoubleStream.of(Tensors.toDoubles(gradient)).boxed().toList();
                    }
                  });
      assertThat(runs).allMatch(runs.get(0)::equals);
    }
  }

  @Test
  void whatTheNetworkRefusesIsOneLine() {
    try (Scope scope = Scope.open();
        TorchScriptNetwork grey = open("grey");
        TorchScriptNetwork map = open("map");
        TorchScriptNetwork number = open("number")) {
      assertThatThrownBy(() -> grey.forward(Tensors.zeros(1, 1, 8, 8)))
          .hasMessage("images are Nx3xHxW, not 1x1x8x8");
      assertThatThrownBy(() -> number.forward(Tensors.zeros(1, 3, 8, 8)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage(
              "'number.pt': the program returns a Double, expected a tensor, or a tuple that begins"
                  + " with one");
      assertThatThrownBy(() -> map.forward(Tensors.zeros(0, 3, 0, 0)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageStartingWith("'map.pt': the program fails on a tensor of 0x3x0x0: ")
          .message()
          .doesNotContain("\n");
    }
  }

  @Test
  void wrongFilesAreOneLine() throws IOException {
    Path missing = folder.resolve("missing.pt");
    Path text = Files.writeString(folder.resolve("text.pt"), "no network");
    Path cut = folder.resolve("cut.pt");
    byte[] whole = Files.readAllBytes(FOLDER.resolve("map.pt"));
    Files.write(cut, Arrays.copyOf(whole, whole.length / 2));
    for (Path file : List.of(missing, folder, text, cut, Goldens.file("adm_unet.pt"))) {
      assertThatThrownBy(() -> TorchScriptNetwork.open(file, Device.CPU))
          .isInstanceOf(CheckpointException.class)
          .hasMessageStartingWith("'" + file + "': ")
          .message()
          .doesNotContain("\n", "?", "frame #");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"channel\": \"rgb\"} | unknown key 'channel'",
        "{\"channels\": \"hsv\"} | channels is \"hsv\", expected rgb, bgr or grey",
        "{\"channels\": \"grey\"} | mean is []",
        "{\"range\": [1, 0]} | range is [1.0, 0.0]",
        "{\"range\": [1]} | range is [1.0], expected two numbers",
        "{\"mean\": [1, 2]} | mean is [1.0, 2.0]",
        "{\"mean\": 1} | mean is 1, expected a list of numbers",
        "{\"std\": [1, 0, 1]} | expected numbers above 0",
        "{\"size\": 2.5} | size is 2.5, expected a whole number of pixels",
        "{\"size\": 0} | size is 0, expected 1..16384",
        "{\"size\": 1, \"size\": 2} | is not JSON: Duplicate",
        "[] | not a JSON object",
        "{ | is not JSON",
      })
  void wrongPreprocessingIsOneLine(String json, String message) throws IOException {
    Path network = folder.resolve("net.v2.pt");
    Files.writeString(folder.resolve("net.v2.json"), json);
    assertThatThrownBy(() -> TorchScriptNetwork.open(network, Device.CPU))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("net.v2.json")
        .hasMessageContaining(message)
        .message()
        .doesNotContain("\n");
  }

  /** Left out: the means in the order of the network's planes. */
  @Test
  void defaultsAreImageNets() throws IOException {
    Path network = folder.resolve("net.pt");
    assertThat(NetworkSettings.of(network, Map.of()))
        .isEqualTo(new NetworkSettings(Preprocessing.DEFAULT, TokenLayout.DEFAULT));
    Files.writeString(folder.resolve("net.json"), "{\"channels\": \"bgr\"}");
    assertThat(NetworkSettings.of(network, Map.of()).images().mean())
        .containsExactly(0.406, 0.456, 0.485);
  }

  /** A preset is its means and deviations, in the planes' order; what is said by itself wins. */
  @Test
  void aPresetStandsForMeansAndDeviations() throws IOException {
    Path network = folder.resolve("net.pt");
    Files.writeString(folder.resolve("net.json"), "{\"channels\": \"bgr\", \"mean\": [1, 1, 1]}");
    Preprocessing images = NetworkSettings.of(network, Map.of("preset", "satellite")).images();
    assertThat(images.mean()).containsExactly(0.296, 0.411, 0.430);
    assertThat(images.std()).containsExactly(0.143, 0.156, 0.213);
    Map<String, String> both = Map.of("preset", "clip", "std", "1,2,3");
    assertThat(NetworkSettings.of(network, both).images().std()).containsExactly(1.0, 2.0, 3.0);
    assertThatThrownBy(() -> NetworkSettings.of(network, Map.of("preset", "mars")))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("preset is 'mars'");
  }
}
