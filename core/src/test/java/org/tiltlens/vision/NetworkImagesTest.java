package org.tiltlens.vision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tiltlens.checkpoint.Checkpoints;
import org.tiltlens.checkpoint.Parts;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.golden.Goldens;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/** How images are prepared for a network: by the user's word, a file's, or as is usual. */
@Tag("golden")
class NetworkImagesTest {
  private static final Path VIT = Goldens.file("dinov3_vit_mlp_hf");
  private static final HookPoint FIRST = HookPoint.parse("blocks.0.hook_resid_pre");
  private static final Map<String, String> HALF = Map.of("preset", "inception");

  @TempDir Path folder;

  private static VitConfig config() {
    try (TensorStore store = Parts.open(VIT)) {
      return RandomVits.recognise(store, Checkpoints.config(VIT)).orElseThrow();
    }
  }

  private static int side() {
    return 2 * config().patch();
  }

  /** What a network sees of a grey image of 2 x 2 patches. */
  private static float[] read(Path file, Map<String, String> options) {
    return read(file, options, side());
  }

  private static float[] read(Path file, Map<String, String> options, int side) {
    try (Scope scope = Scope.open();
        PooledModel model = VisionCheckpoint.open(file, options, Device.CPU, Optional.of(FIRST))) {
      return Tensors.toFloats(model.activations(Tensors.full(0.2, 1, 3, side, side), FIRST));
    }
  }

  /** The golden folder with another file beside the weights, or in place of one. */
  private Path withFile(String name, String text) throws IOException {
    Path own = Files.createDirectory(folder.resolve("vitl16-sat493m"));
    for (String file : new String[] {"model.safetensors", "config.json"}) {
      Files.copy(VIT.resolve(file), own.resolve(file));
    }
    Files.writeString(own.resolve(name), text);
    return own;
  }

  @Test
  void imagesAreNormalisedAsTheUserSays() {
    float[] usual = read(VIT, Map.of());
    float[] satellite = read(VIT, Map.of("preset", "satellite"));
    assertThat(read(VIT, Map.of("preset", "imagenet"))).isEqualTo(usual);
    assertThat(satellite).isNotEqualTo(usual);
    Map<String, String> numbers = Map.of("mean", "0.430,0.411,0.296", "std", "0.213,0.156,0.143");
    assertThat(read(VIT, numbers)).isEqualTo(satellite);
  }

  @Test
  void imagesAreResizedAsTheUserSays() {
    float[] small = read(VIT, Map.of());
    assertThat(small).hasSize(config().width() * 2 * 2);
    Map<String, String> size = Map.of("size", Integer.toString(side()));
    assertThat(read(VIT, size, side() + 7))
        .usingComparatorWithPrecision(1e-5f)
        .containsExactly(small);
  }

  @Test
  void hubsFilesSayHowImagesAreNormalised() throws IOException {
    String half = "'image_mean': [0.5, 0.5, 0.5], 'image_std': [0.5, 0.5, 0.5]";
    requireHalf(
        withFile(
            Beside.PREPROCESSOR,
            "{%s, 'rescale_factor': 0.00392156862745098}".formatted(half).replace('\'', '"')),
        Beside.PREPROCESSOR);
  }

  @Test
  void timmsConfigSaysHowImagesAreNormalised() throws IOException {
    String half = "'pretrained_cfg': {'mean': [0.5, 0.5, 0.5], 'std': [0.5, 0.5, 0.5]},";
    String golden = Checkpoints.config(VIT).orElseThrow();
    String text = golden.replaceFirst("\\{", "{" + half.replace('\'', '"'));
    requireHalf(withFile("config.json", text), "config.json");
  }

  private static void requireHalf(Path own, String whence) {
    assertThat(read(own, Map.of())).isEqualTo(read(VIT, HALF));
    assertThat(read(own, Map.of("preset", "imagenet"))).isEqualTo(read(VIT, Map.of()));
    try (TensorStore store = Parts.open(own)) {
      assertThat(VisionCheckpoint.network(store, Beside.of(own)).orElseThrow().describe())
          .endsWith("; images: mean 0.5, 0.5, 0.5, std 0.5, 0.5, 0.5 (" + whence + ")");
    }
  }

  @Test
  void bytesThatAreNotRescaledAreNormalisedAsBytes() throws IOException {
    String text =
        "{'do_rescale': false, 'image_mean': [127.5, 127.5, 127.5],"
            + " 'image_std': [127.5, 127.5, 127.5]}";
    Path own = withFile(Beside.PREPROCESSOR, text.replace('\'', '"'));
    assertThat(read(own, Map.of()))
        .usingComparatorWithPrecision(1e-5f)
        .containsExactly(read(VIT, HALF));
  }

  @Test
  void satelliteWeightsOfWhichNothingIsSaidAreWarnedOf() throws IOException {
    Path own = withFile(Beside.PREPROCESSOR, "{}");
    assertThat(VisionCheckpoint.warning(own, Map.of()).orElseThrow())
        .contains("preset=satellite")
        .doesNotContain("\n");
    assertThat(VisionCheckpoint.warning(own, Map.of("size", "32"))).isPresent();
    assertThat(VisionCheckpoint.warning(own, Map.of("preset", "imagenet"))).isEmpty();
    assertThat(VisionCheckpoint.warning(own, Map.of("mean", "0,0,0"))).isEmpty();
    assertThat(VisionCheckpoint.warning(VIT, Map.of())).isEmpty();
    Files.writeString(
        own.resolve(Beside.PREPROCESSOR),
        "{\"image_mean\": [0.43, 0.411, 0.296], \"image_std\": [0.213, 0.156, 0.143]}");
    assertThat(VisionCheckpoint.warning(own, Map.of())).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "preset | mars | preset is 'mars', expected one of [imagenet, satellite,",
        "mean | 0.5,x | mean is '0.5,x', expected three numbers",
        "std | 0.5 | std is [0.5], expected finite numbers, one for each of 3",
        "std | 0,1,1 | std is [0.0, 1.0, 1.0], expected numbers above 0",
        "size | big | size is 'big', expected a whole number",
        "heads | x | vision option heads is 'x', expected a whole number",
        "heads | 0 | the number of heads is 0.0, expected a number above 0",
        "cls | true | vision option 'cls' has no meaning for",
      })
  void unusableOptionsAreRefusedInOneLine(String name, String value, String message) {
    Map<String, String> options = Map.of(name, value);
    assertThatThrownBy(() -> VisionCheckpoint.open(VIT, options, Device.CPU, Optional.empty()))
        .hasMessageContaining(message)
        .message()
        .doesNotContain("\n");
  }
}
