package org.tiltlens.vision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.golden.Goldens;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

@Tag("golden")
class DinoV3Test {
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
        PooledModel whole = DinoV3.open(Goldens.file(file), Device.CPU, Optional.empty());
        PooledModel part = DinoV3.open(Goldens.file(file), Device.CPU, Optional.of(at))) {
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
    assertThatThrownBy(() -> DinoV3.open(Goldens.file(file), Device.CPU, Optional.empty()))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("holds no ConvNeXt and no ViT of DINOv3")
        .hasMessageContaining("downsample_layers.0.0.weight")
        .hasMessageContaining("embeddings.patch_embeddings.weight");
  }
}
