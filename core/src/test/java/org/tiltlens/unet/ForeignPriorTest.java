package org.tiltlens.unet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.checkpoint.Checkpoints;
import org.tiltlens.checkpoint.SafetensorsWriter;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.golden.Goldens;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

class ForeignPriorTest {
  @TempDir private Path folder;

  private TensorStore holding(String... names) {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    Path file = folder.resolve("model.safetensors");
    try (Scope scope = Scope.open()) {
      for (String name : names) {
        tensors.put(name, Tensors.zeros(1));
      }
      SafetensorsWriter.write(file, tensors, Map.of());
    }
    return Checkpoints.open(file);
  }

  @ParameterizedTest
  @CsvSource({
    "double_blocks.0.img_attn.qkv.weight, Flux",
    "transformer.single_transformer_blocks.0.attn.to_q.weight, Flux",
    "model.diffusion_model.joint_blocks.0.x_block.attn.qkv.weight, Stable Diffusion 3",
    "conditioner.embedders.1.model.ln_final.weight, Stable Diffusion XL",
    "cond_stage_model.model.transformer.resblocks.0.ln_1.weight, Stable Diffusion 2 in one file",
    "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn1_to_q.alpha, a LoRA",
    "unet.down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q.lora_A.weight, a LoRA",
    "blocks.0.adaLN_modulation.1.weight, diffusion transformer",
    "model.diffusion_model.input_blocks.1.1.transformer_blocks.0.attn2.to_k.weight, latents",
    "down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_k.weight, UNet2DConditionModel",
    "encoder.down_blocks.0.resnets.0.conv1.weight, autoencoder",
    "down_blocks.0.resnets.0.conv1.weight, a file of a diffusers folder",
    "inner_model.u_net.d_blocks.0.0.main.0.weight, k-diffusion",
    "module.all_modules.0.weight, score_sde",
    "downs.0.0.block1.proj.weight, denoising-diffusion-pytorch",
    "temb.dense.0.weight, DDIM",
  })
  void modelsAreCalledByTheirNamesAndRefusedInOneLine(String tensor, String what) {
    try (TensorStore store = holding("any.weight", tensor)) {
      assertThat(ForeignPrior.in(store).orElseThrow().what()).contains(what);
      assertThatThrownBy(() -> AdmCheckpoint.recognise(store, 64, AttentionHeads.CHANNELS_64))
          .isInstanceOf(CheckpointException.class)
          .hasMessageContaining(what)
          .hasMessageContaining("expected a prior of pixels")
          .message()
          .doesNotContain("\n");
    }
  }

  /** Their network has the names of an ADM UNet. */
  @Test
  void latentDiffusionIsNoAdmAlthoughItsNetworkIs() {
    try (TensorStore store =
        holding(
            "model.diffusion_model.time_embed.0.weight",
            "first_stage_model.encoder.conv_in.weight")) {
      assertThatThrownBy(() -> AdmCheckpoint.recognise(store, 64, AttentionHeads.CHANNELS_64))
          .hasMessageContaining("is a latent diffusion model, with its autoencoder");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"adm_unet.pt", "dinov3_convnext.pth", "dinov3_vit_mlp.safetensors"})
  void whatIsReadIsNotForeign(String golden) {
    try (TensorStore store = Goldens.open(golden)) {
      assertThat(ForeignPrior.in(store)).isEmpty();
    }
  }

  @ParameterizedTest
  @CsvSource({"4, latents", "6, super-resolution", "9, inpainting"})
  void networksOfMoreThanColoursAreRefused(int channels, String why) {
    AdmUnetConfig config =
        AdmUnetConfig.fromOptions(
            RandomUnets.options("in_channels", "" + channels, "learn_sigma", "False"));
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    Path file = folder.resolve("adm.safetensors");
    try (Scope scope = Scope.open()) {
      AdmUnet.shapes(config)
          .forEach(
              (name, shape) ->
                  tensors.put(
                      name, Tensors.zeros(shape.stream().mapToLong(Long::longValue).toArray())));
      SafetensorsWriter.write(file, tensors, Map.of());
    }
    try (TensorStore store = Checkpoints.open(file)) {
      assertThatThrownBy(() -> AdmCheckpoint.recognise(store, 16, config.heads()))
          .hasMessageContaining("takes images of " + channels + " channels")
          .hasMessageContaining(why);
      assertThatThrownBy(() -> AdmCheckpoint.describe(store)).hasMessageContaining(why);
    }
  }
}
