package org.tiltlens.quality;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
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
import org.tiltlens.golden.Goldens;
import org.tiltlens.golden.MemoryStore;
import org.tiltlens.torch.Autograd;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.NotFiniteException;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/** Against PyTorch's own numbers, made by {@code qualiclip/make_qualiclip.py}. */
@Tag("rounding")
class QualiClipTest {
  private static final Path FOLDER = Path.of("src/test/resources/qualiclip");
  private static final Path NAMED = FOLDER.resolve("qualiclip.pth");
  private static final Path SCRIPT = FOLDER.resolve("qualiclip.pt");
  private static final double TOLERANCE = 1e-5;

  @TempDir Path folder;

  private static TensorStore expected() {
    return Checkpoints.open(FOLDER.resolve("qualiclip.safetensors"));
  }

  private static double[] scores(Path file, Tensor images) {
    try (QualiClip quality = QualiClip.open(file, Device.CPU)) {
      return quality.of(images);
    }
  }

  /** The checkpoint's tensors in memory, to be changed and written again. */
  private static Map<String, Tensor> tensors() {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    try (TensorStore store = Checkpoints.open(NAMED)) {
      store.entries().keySet().forEach(name -> tensors.put(name, store.load(name)));
    }
    return tensors;
  }

  private Path write(Map<String, Tensor> tensors) {
    Path file = folder.resolve("changed.safetensors");
    SafetensorsWriter.write(file, tensors, Map.of());
    return file;
  }

  /** {@code odd.}: sides that no average divides. */
  @ParameterizedTest
  @ValueSource(strings = {"", "odd."})
  void vectorsAndScoresAreThoseOfPytorch(String which) {
    try (Scope scope = Scope.open();
        TensorStore expected = expected();
        TensorStore store = Checkpoints.open(NAMED);
        ClipResNet encoder = ClipResNet.open(store, "clip_model.visual.", Device.CPU)) {
      Tensor images = expected.load(which + "images");
      Goldens.assertClose(
          encoder.vectors(images), expected.load(which + "vectors"), TOLERANCE, "vectors");
      double[] wanted = Tensors.toDoubles(expected.load(which + "scores"));
      assertThat(Math.abs(wanted[0] - wanted[1])).isGreaterThan(100 * TOLERANCE);
      assertThat(scores(NAMED, images)).containsExactly(wanted, within(TOLERANCE));
      assertThat(scores(SCRIPT, images)).containsExactly(wanted, within(TOLERANCE));
    }
  }

  @Test
  void safetensorsUnderAPrefixAreTheSameNetwork() {
    try (Scope scope = Scope.open();
        TensorStore expected = expected()) {
      Map<String, Tensor> wrapped = new LinkedHashMap<>();
      tensors().forEach((name, tensor) -> wrapped.put("params." + name, tensor));
      Tensor images = expected.load("images");
      assertThat(scores(write(wrapped), images)).isEqualTo(scores(NAMED, images));
    }
  }

  @Test
  void anImagesScoreIsItsOwn() {
    try (Scope scope = Scope.open();
        TensorStore expected = expected()) {
      Tensor images = expected.load("images");
      double[] alone = scores(NAMED, images.narrow(0, 1, 1));
      assertThat(scores(NAMED, Autograd.leaf(images))[1]).isEqualTo(alone[0]);
      assertThat(scores(NAMED, images.narrow(0, 0, 0))).isEmpty();
    }
  }

  /** A network that makes (3, 4) of any image, whose cosines with the axes are 0.6 and 0.8. */
  private double closed(float... prompts) {
    try (Scope scope = Scope.open()) {
      MemoryStore store =
          new ClipNumbers()
              .with("attnpool.c_proj.bias", 0, 3)
              .with("attnpool.c_proj.bias", 1, 4)
              .store()
              .put("prompts_features", prompts, prompts.length / 2L, 2L);
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      store.entries().keySet().forEach(name -> tensors.put(name, store.load(name)));
      return scores(write(tensors), Tensors.zeros(1, 3, 32, 32))[0];
    }
  }

  /** Softmax over a pair of logits is the logistic function of their difference. */
  @Test
  void thePairsDecideByTheirDifference() {
    float c = (float) Math.cos(0.01);
    float s = (float) Math.sin(0.01);
    // Turned from the x axis by 0.01 towards the y axis, the cosine is 0.6 c + 0.8 s.
    double one = 1 / (1 + Math.exp(-100 * (0.6 * c + 0.8 * s - 0.6)));
    assertThat(closed(c, s, 1, 0)).isCloseTo(one, within(TOLERANCE));
    assertThat(closed(1, 0, c, s)).isCloseTo(1 - one, within(TOLERANCE));
    assertThat(closed(2 * c, 2 * s, 7, 0)).as("lengths").isCloseTo(one, within(TOLERANCE));
    double mean = (one + 0.5 + 1 + 0) / 4;
    assertThat(closed(c, s, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, -1, 0, 0, 1))
        .as("mean over pairs, not of logits")
        .isCloseTo(mean, within(TOLERANCE));
  }

  @Test
  void whatIsNoQualiClipIsOneLine() throws IOException {
    try (Scope scope = Scope.open()) {
      Map<String, Tensor> tensors = tensors();
      Tensor prompts = tensors.remove("prompts_features");
      refused(write(tensors), "holds no QualiCLIP: there is no tensor 'prompts_features'; use");
      refused(
          write(Map.of("prompts_features", prompts)),
          "holds no QualiCLIP: there is no tensor 'visual.attnpool.c_proj.weight'; use");
      tensors.put("prompts_features", prompts.narrow(0, 0, 5).contiguous());
      refused(
          write(tensors), "tensor 'prompts_features' is [5, 6], expected pairs of prompts, 2P x 6");
      tensors.put("prompts_features", prompts.narrow(1, 0, 4).contiguous());
      refused(
          write(tensors), "tensor 'prompts_features' is [6, 4], expected pairs of prompts, 2P x 6");
      tensors.put("prompts_features", prompts);
      tensors.put("clip_model.visual.layer4.0.conv9.weight", prompts);
      refused(write(tensors), "1 unexpected: clip_model.visual.layer4.0.conv9.weight");
    }
    refused(folder.resolve("missing.pth"), "missing.pth");
    refused(Files.writeString(folder.resolve("text.pth"), "no network"), "text.pth");
    for (Path whole : List.of(NAMED, SCRIPT)) {
      byte[] bytes = Files.readAllBytes(whole);
      Path cut = folder.resolve("cut-" + whole.getFileName());
      Files.write(cut, Arrays.copyOf(bytes, bytes.length / 2));
      refused(cut, cut.getFileName().toString());
    }
  }

  private static void refused(Path file, String why) {
    assertThatThrownBy(() -> QualiClip.open(file, Device.CPU))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining(why)
        .message()
        .doesNotContain("\n");
  }

  @Test
  void programsThatGiveNoScoresAreOneLine() {
    Path others = Path.of("src/test/resources/torchscript");
    try (Scope scope = Scope.open()) {
      Tensor images = Tensors.zeros(1, 3, 32, 32);
      assertThatThrownBy(() -> scores(others.resolve("map.pt"), images))
          .hasMessage("'map.pt' returns 1x6x16x16 for 1 images: expected one score each");
      assertThatThrownBy(() -> scores(others.resolve("grey.pt"), images))
          .hasMessageStartingWith("'grey.pt': the program fails on a tensor of 1x3x32x32: ");
      assertThatThrownBy(() -> scores(others.resolve("number.pt"), images))
          .hasMessageStartingWith("'number.pt': the program returns a Double, expected a tensor");
      assertThatThrownBy(() -> scores(FOLDER.resolve("loud.pt"), images))
          .hasMessage("'loud.pt' gives an image 57.5: expected a score in 0..1 of images in 0..1");
    }
  }

  @Test
  void otherImagesAndOtherNumbersAreRefused() {
    try (Scope scope = Scope.open()) {
      assertThatThrownBy(() -> scores(NAMED, Tensors.zeros(1, 3, 30, 64)))
          .hasMessage(
              "images of shape 1x3x30x64: QualiCLIP expects Nx3xHxW with H and W at least 31");
      assertThatThrownBy(() -> scores(NAMED, Tensors.zeros(1, 1, 64, 64)))
          .isInstanceOf(IllegalArgumentException.class);
      Map<String, Tensor> tensors = tensors();
      tensors.put(
          "clip_model.visual.bn1.running_var",
          Tensors.full(-1, Tensors.shape(tensors.get("clip_model.visual.bn1.running_var"))));
      Path file = write(tensors);
      assertThatThrownBy(() -> scores(file, Tensors.zeros(1, 3, 32, 32)))
          .isInstanceOf(NotFiniteException.class)
          .hasMessageContaining(file.toString());
    }
  }

  @Test
  void saysWhatItIs() {
    try (QualiClip named = QualiClip.open(NAMED, Device.CPU);
        QualiClip script = QualiClip.open(SCRIPT, Device.CPU)) {
      assertThat(named.describe())
          .isEqualTo(
              "QualiCLIP, CLIP residual network of width 4, blocks 1,2,2,1, 3 pairs of prompts");
      assertThat(script.describe()).isEqualTo("QualiCLIP, TorchScript network 'qualiclip.pt'");
    }
  }
}
