package org.tiltlens.vision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.checkpoint.Checkpoints;
import org.tiltlens.checkpoint.Parts;
import org.tiltlens.checkpoint.SafetensorsWriter;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.golden.Goldens;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Noise;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

@Tag("golden")
class VisionCheckpointTest {
  @ParameterizedTest
  @CsvSource({
    "dinov3_convnext.pth, stages.0.0.hook_resid_post",
    "dinov3_convnext_hf, stages.0.0.hook_resid_post",
    "dinov3_vit_mlp.pth, blocks.0.hook_resid_post@cls",
    "dinov3_vit_swiglu_hf, blocks.0.hook_mlp_out",
  })
  void checkpointsOpenAsWhatTheyHold(String file, String hook) {
    HookPoint at = HookPoint.parse(hook);
    try (Scope scope = Scope.open();
        PooledModel whole =
            VisionCheckpoint.open(Goldens.file(file), Device.CPU, Optional.empty());
        PooledModel part = VisionCheckpoint.open(Goldens.file(file), Device.CPU, Optional.of(at))) {
      var images = Tensors.full(0.2, 1, 3, 64, 64);
      assertThat(whole.pooled(images).size(0)).isEqualTo(1);
      assertThat(Tensors.toFloats(part.activations(images, at)))
          .isEqualTo(Tensors.toFloats(whole.activations(images, at)));
      assertThat(part.describe()).startsWith("DINOv3").endsWith("up to " + hook);
      assertThatThrownBy(() -> part.pooled(images)).isInstanceOf(IllegalStateException.class);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"adm_unet.pt", "cnnsae"})
  void otherCheckpointsAreRefusedInOneLine(String file) {
    assertThatThrownBy(
            () -> VisionCheckpoint.open(Goldens.file(file), Device.CPU, Optional.empty()))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("holds no vision network that is read as data")
        .hasMessageContaining("torch.jit.trace");
  }

  /** Two networks in one file, and a head beside one's tensors. */
  private static Path several(Path folder) {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    try (TensorStore one = Checkpoints.open(Goldens.file("dinov3_convnext.pth"))) {
      one.entries()
          .keySet()
          .forEach(
              name -> {
                tensors.put("model." + name, Tensors.scale(one.load(name), 0.5));
                tensors.put("model_ema.module." + name, one.load(name));
              });
    }
    tensors.put("model_ema.module.head.weight", Tensors.zeros(2, 64));
    tensors.put("model_ema.module.norm.num_batches_tracked", Tensors.zeros(1));
    Path file = folder.resolve("both.safetensors");
    SafetensorsWriter.write(file, tensors, Map.of());
    return file;
  }

  @Test
  void ofSeveralNetworksTheAverageIsTakenOrTheOneThatIsNamed(@TempDir Path folder) {
    HookPoint at = HookPoint.parse("stages.0.0.hook_resid_post");
    try (Scope scope = Scope.open()) {
      Path file = several(folder);
      var images = Tensors.full(0.2, 1, 3, 64, 64);
      float[] golden = read(Goldens.file("dinov3_convnext.pth"), Map.of(), at, images);
      assertThat(read(file, Map.of(), at, images)).isEqualTo(golden);
      assertThat(read(file, Map.of("part", "model_ema"), at, images)).isEqualTo(golden);
      assertThat(read(file, Map.of("part", "model."), at, images)).isNotEqualTo(golden);
      try (TensorStore store = Parts.open(file)) {
        assertThat(VisionCheckpoint.leftOut(store, Beside.NOTHING))
            .contains("model_ema.head.weight", "model_ema.norm.num_batches_tracked")
            .doesNotContain("model.head.weight");
      }
    }
  }

  private static float[] read(Path file, Map<String, String> options, HookPoint at, Tensor images) {
    try (PooledModel model = VisionCheckpoint.open(file, options, Device.CPU, Optional.of(at))) {
      return Tensors.toFloats(model.activations(images, at));
    }
  }

  private static final Path VIT = Goldens.file("dinov3_vit_mlp_hf");
  private static final HookPoint FIRST = HookPoint.parse("blocks.0.hook_resid_pre");

  private static float[] read(Path file, Map<String, String> options, int side) {
    try (Scope scope = Scope.open()) {
      return read(file, options, FIRST, Tensors.full(0.2, 1, 3, side, side));
    }
  }

  /** The golden folder with other files beside the weights. */
  private static Path withFiles(Path folder, Map<String, String> files) throws IOException {
    Files.copy(VIT.resolve("model.safetensors"), folder.resolve("model.safetensors"));
    Files.copy(VIT.resolve("config.json"), folder.resolve("config.json"));
    for (Map.Entry<String, String> file : files.entrySet()) {
      Files.writeString(folder.resolve(file.getKey()), file.getValue());
    }
    return folder;
  }

  @Test
  void imagesAreNormalisedAsTheUserSays() {
    float[] usual = read(VIT, Map.of(), 32);
    float[] satellite = read(VIT, Map.of("preset", "satellite"), 32);
    assertThat(read(VIT, Map.of("preset", "imagenet"), 32)).isEqualTo(usual);
    assertThat(satellite).isNotEqualTo(usual);
    Map<String, String> numbers = Map.of("mean", "0.430,0.411,0.296", "std", "0.213,0.156,0.143");
    assertThat(read(VIT, numbers, 32)).isEqualTo(satellite);
  }

  @Test
  void imagesAreResizedAsTheUserSays() {
    float[] small = read(VIT, Map.of(), 32);
    assertThat(small).hasSize(48 * 2 * 2);
    assertThat(read(VIT, Map.of("size", "32"), 50))
        .usingComparatorWithPrecision(1e-5f)
        .containsExactly(small);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "preprocessor_config.json | {'image_mean': [0.5, 0.5, 0.5], 'image_std': [0.5, 0.5, 0.5],"
            + " 'rescale_factor': 0.00392156862745098}",
        "config.json | {'model_type': 'dinov3_vit', 'num_attention_heads': 3, 'pretrained_cfg':"
            + " {'mean': [0.5, 0.5, 0.5], 'std': [0.5, 0.5, 0.5]}}",
      })
  void filesBesideANetworkSayHowImagesAreNormalised(String name, String text, @TempDir Path folder)
      throws IOException {
    Path own = withFiles(folder, Map.of(name, text.replace('\'', '"')));
    assertThat(read(own, Map.of(), 32)).isEqualTo(read(VIT, Map.of("preset", "siglip"), 32));
    assertThat(read(own, Map.of("preset", "imagenet"), 32)).isEqualTo(read(VIT, Map.of(), 32));
    try (TensorStore store = Parts.open(own)) {
      assertThat(VisionCheckpoint.describe(store, Beside.of(own)).orElseThrow())
          .endsWith("; images: mean 0.5, 0.5, 0.5, std 0.5, 0.5, 0.5 (" + name + ")");
    }
  }

  @Test
  void bytesThatAreNotRescaledAreNormalisedAsBytes(@TempDir Path folder) throws IOException {
    String text =
        "{\"do_rescale\": false, \"image_mean\": [127.5, 127.5, 127.5],"
            + " \"image_std\": [127.5, 127.5, 127.5]}";
    Path own = withFiles(folder, Map.of(Beside.PREPROCESSOR, text));
    assertThat(read(own, Map.of(), 32))
        .usingComparatorWithPrecision(1e-5f)
        .containsExactly(read(VIT, Map.of("preset", "inception"), 32));
  }

  @Test
  void satelliteWeightsOfWhichNothingIsSaidAreWarnedOf(@TempDir Path folder) throws IOException {
    Path own = withFiles(Files.createDirectory(folder.resolve("vitl16-sat493m")), Map.of());
    assertThat(VisionCheckpoint.warning(own, Map.of()).orElseThrow())
        .contains("preset=satellite")
        .doesNotContain("\n");
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
        "cls | true | vision option 'cls' has no meaning for",
      })
  void unusableOptionsAreRefusedInOneLine(String name, String value, String message) {
    Map<String, String> options = Map.of(name, value);
    assertThatThrownBy(() -> VisionCheckpoint.open(VIT, options, Device.CPU, Optional.empty()))
        .hasMessageContaining(message)
        .message()
        .doesNotContain("\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"dinov3_vit_mlp.pth", "dinov3_vit_swiglu.pth"})
  void timmsNamesOfDinoV3HoldTheSameNetwork(String name, @TempDir Path folder) {
    Path meta = Goldens.file(name);
    HookPoint last = HookPoint.parse("blocks.1.hook_resid_post");
    try (Scope scope = Scope.open()) {
      Tensor images = Tensors.scale(Noise.normal(1, 0, 0, 1, 3, 32, 48), 0.5);
      float[] expected = read(meta, Map.of(), last, images);
      for (boolean biased : new boolean[] {true, false}) {
        Path timm = folder.resolve(biased + ".safetensors");
        SafetensorsWriter.write(timm, timms(meta, biased), Map.of());
        float[] found = read(timm, Map.of("heads", headsOf(meta)), last, images);
        if (biased) {
          assertThat(found).usingComparatorWithPrecision(1e-4f).containsExactly(expected);
        } else {
          assertThat(found).isNotEqualTo(expected);
        }
      }
    }
  }

  private static String headsOf(Path meta) {
    try (TensorStore store = Checkpoints.open(meta)) {
      VitConfig config = RandomVits.recognise(store, Optional.empty()).orElseThrow();
      return Integer.toString(config.heads());
    }
  }

  /**
   * Meta's tensors by timm's names; timm has a network without biases of queries and values too.
   */
  private static Map<String, Tensor> timms(Path meta, boolean biased) {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    try (TensorStore store = Checkpoints.open(meta)) {
      for (String name : store.entries().keySet()) {
        if (name.endsWith("attn.qkv.bias")) {
          long width = store.entries().get(name).shape().get(0) / 3;
          if (biased) {
            tensors.put(name.replace("qkv.bias", "q_bias"), store.loadRows(name, 0, width));
            tensors.put(name.replace("qkv.bias", "v_bias"), store.loadRows(name, 2 * width, width));
          }
        } else if (!name.matches(".*(bias_mask|periods|mask_token)")) {
          tensors.put(
              name.replaceFirst("ls([12])\\.gamma", "gamma_$1")
                  .replace("storage_tokens", "reg_token")
                  .replace("mlp.w1.", "mlp.fc1_g.")
                  .replace("mlp.w2.", "mlp.fc1_x.")
                  .replace("mlp.w3.", "mlp.fc2."),
              store.load(name));
        }
      }
    }
    return tensors;
  }

  /** What tells no positions is run as no network, whatever else it looks like. */
  @ParameterizedTest
  @ValueSource(strings = {"cls_token", "storage_tokens", "ls1.gamma"})
  void aVitWhosePositionsNothingTellsIsNotRun(String kept, @TempDir Path folder) {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    List<String> parts = List.of("cls_token", "storage_tokens", "ls1.gamma");
    try (Scope scope = Scope.open();
        TensorStore store = Checkpoints.open(Goldens.file("dinov3_vit_mlp.pth"))) {
      for (String name : store.entries().keySet()) {
        boolean dropped = parts.stream().skip(parts.indexOf(kept) + 1L).anyMatch(name::endsWith);
        if (!dropped && !name.matches(".*(bias_mask|periods|mask_token)")) {
          tensors.put(name, store.load(name));
        }
      }
      Path file = folder.resolve("nopos.safetensors");
      SafetensorsWriter.write(file, tensors, Map.of());
      assertThatThrownBy(() -> VisionCheckpoint.open(file, Device.CPU, Optional.empty()))
          .isInstanceOf(CheckpointException.class)
          .hasMessageContaining("holds no vision network");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "layers.0.blocks.0.attn.relative_position_bias_table | a Swin transformer",
        "stages.0.blocks.0.attn_block.norm1.weight | a MaxViT",
        "blocks.0.attn.relative_position_bias_table | a BEiT",
        "model.blocks.0.mlp.fc1_g.weight | an EVA-02",
        "image_encoder.blocks.0.attn.rel_pos_h | an image encoder of SAM",
        "conv_stem.weight | an EfficientNet",
      })
  void networksThatAreNotReadAreNamedWithTheWayToUseThem(
      String tensor, String network, @TempDir Path folder) {
    Path file = folder.resolve("other.safetensors");
    try (Scope scope = Scope.open()) {
      SafetensorsWriter.write(file, Map.of(tensor, Tensors.zeros(4)), Map.of());
    }
    assertThatThrownBy(() -> VisionCheckpoint.open(file, Device.CPU, Optional.empty()))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("read as data, but " + network)
        .hasMessageContaining("torch.jit.trace");
  }
}
