package org.tiltlens.vision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

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
        assertThat(VisionCheckpoint.network(store, Beside.NOTHING).orElseThrow().leftOut())
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

  @ParameterizedTest
  @ValueSource(strings = {"dinov3_vit_mlp.pth", "dinov3_vit_swiglu.pth"})
  void timmsNamesOfDinoV3HoldTheSameNetwork(String name, @TempDir Path folder) {
    Path meta = Goldens.file(name);
    try (Scope scope = Scope.open()) {
      VitConfig config = config(meta);
      assumeThat(config.storageTokens()).isPositive();
      HookPoint last = new HookPoint("blocks." + (config.depth() - 1), HookPoint.Site.RESID_POST);
      Map<String, String> heads = Map.of("heads", Integer.toString(config.heads()));
      int patch = config.patch();
      Tensor images = Tensors.scale(Noise.normal(1, 0, 0, 1, 3, 2 * patch, 3 * patch), 0.5);
      float[] expected = read(meta, Map.of(), last, images);
      for (boolean biased : new boolean[] {true, false}) {
        Path timm = folder.resolve(biased + ".safetensors");
        SafetensorsWriter.write(timm, timms(meta, biased), Map.of());
        float[] found = read(timm, heads, last, images);
        if (biased) {
          assertThat(found).usingComparatorWithPrecision(1e-4f).containsExactly(expected);
        } else {
          assertThat(found).isNotEqualTo(expected);
        }
      }
    }
  }

  private static VitConfig config(Path meta) {
    try (TensorStore store = Checkpoints.open(meta)) {
      return RandomVits.recognise(store, Optional.empty()).orElseThrow();
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
