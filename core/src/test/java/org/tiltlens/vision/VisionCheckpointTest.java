package org.tiltlens.vision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.LinkedHashMap;
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
}
