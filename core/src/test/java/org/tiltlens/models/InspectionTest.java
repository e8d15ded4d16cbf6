package org.tiltlens.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tiltlens.checkpoint.SafetensorsWriter;
import org.tiltlens.feature.SparseDictionary;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

class InspectionTest {
  @TempDir Path folder;

  private void write(String file, Map<String, Tensor> tensors, String name, String settings)
      throws IOException {
    SafetensorsWriter.write(folder.resolve(file), tensors, Map.of());
    Files.writeString(folder.resolve(name), settings);
  }

  private static Map<String, Tensor> saeLens() {
    return Map.of(
        "W_enc", Tensors.zeros(3, 4),
        "b_enc", Tensors.zeros(4),
        "W_dec", Tensors.zeros(4, 3),
        "b_dec", Tensors.zeros(3));
  }

  @Test
  void dictionariesOfSaeLensAreRecognised() throws IOException {
    try (Scope scope = Scope.open()) {
      String hook = "{\"hook_name\": \"blocks.2.hook_mlp_out\"}";
      write("sae_weights.safetensors", saeLens(), "cfg.json", "{\"metadata\": " + hook + "}");
    }
    Inspection inspection = Inspection.of(folder);
    assertThat(inspection.architecture())
        .startsWith("autoencoder (SAELens), 4 features over 3 channels")
        .endsWith("blocks.2.hook_mlp_out");
    assertThat(inspection.parameters()).isEqualTo(12 + 4 + 12 + 3);
    assertThat(inspection.tensors())
        .extracting(Inspection.Entry::shape)
        .contains(List.of(3L, 4L), List.of(4L));
  }

  /** What it holds can be seen also of a dictionary that cannot be used. */
  @Test
  void whyADictionaryCannotBeUsedIsSaid() throws IOException {
    try (Scope scope = Scope.open()) {
      write("sae_weights.safetensors", saeLens(), "cfg.json", "{\"architecture\": \"gated\"}");
    }
    Inspection inspection = Inspection.of(folder);
    assertThat(inspection.architecture())
        .startsWith("a sparse dictionary that cannot be used: ")
        .contains("architecture is 'gated'");
    assertThat(inspection.tensors()).hasSize(4);
  }

  @Test
  void dictionariesOfOvercompleteAreRecognised() throws IOException {
    try (Scope scope = Scope.open()) {
      Map<String, Tensor> tensors =
          Map.of(
              "encoder.final_block.0.weight", Tensors.zeros(4, 3),
              "encoder.final_block.0.bias", Tensors.zeros(4),
              "dictionary._weights", Tensors.zeros(4, 3));
      String settings = "{\"architecture\": \"topk\", \"top_k\": 2}";
      write("sae.safetensors", tensors, "config.json", settings);
    }
    String expected = "autoencoder (overcomplete), 4 features over 3 channels, 1x1 filters, topk 2";
    assertThat(Inspection.of(folder).architecture()).startsWith(expected);
    assertThat(Inspection.of(folder.resolve("sae.safetensors")).architecture())
        .startsWith(expected);
  }

  /** What is recognised is what opens: one recogniser says both. */
  @ParameterizedTest
  @CsvSource({
    "prisma/weights.pt, (ViT-Prisma)",
    "prisma_single/weights.pt, (ViT-Prisma)",
    "dictionary_learning_AutoEncoderTopK/ae.pt, (dictionary_learning)",
    "sparsify/sae.safetensors, (sparsify)",
    "saelens_skip_transcoder/sae_weights.safetensors, (SAELens)",
    "gemma_scope_packed/params.npz, (Gemma Scope)",
  })
  void dictionariesOfOtherLibrariesAreRecognised(String file, String kind) {
    Path weights = Path.of("src/test/resources/dictionaries", file);
    try (SparseDictionary dictionary = SparseDictionary.open(weights, Device.CPU)) {
      assertThat(Inspection.of(weights).architecture())
          .contains(kind)
          .isEqualTo(Inspection.of(weights.getParent()).architecture())
          .isEqualTo(dictionary.describe());
    }
  }

  @Test
  void anExportedNetworkIsNamedAndNotRun() {
    Path networks = Path.of("src/test/resources/torchscript");
    assertThat(Inspection.of(networks.resolve("tokens.pt")).architecture())
        .startsWith("TorchScript network, read at module.hook_output; a program, run only where")
        .contains("images: ");
    assertThat(Inspection.of(networks.resolve("grey.pt")).architecture()).contains("grey");
  }

  @Test
  void modelsOfDiffusersAreRecognised() {
    Path models = Path.of("src/test/resources/diffusers");
    Inspection trained = Inspection.of(models.resolve("ddpm"));
    assertThat(trained.problem()).isNull();
    assertThat(trained.architecture())
        .isEqualTo(
            "diffusers UNet2DModel of 8 x 8 pixels, 4,8 channels, 2 res blocks a level, attention"
                + " at downsampling 2, fixed variance, predicts epsilon, linear schedule of 1000"
                + " steps");
    assertThat(trained.tensors()).hasSizeGreaterThan(50);
    assertThat(Inspection.of(models.resolve("scale_shift")).architecture())
        .contains("learned variance, 5 classes, no scheduler_config.json");
    Path weights = models.resolve("ddpm/diffusion_pytorch_model.safetensors");
    assertThat(Inspection.of(weights).architecture()).isEqualTo("a file of a diffusers folder");
    assertThat(Inspection.of(weights).problem()).contains("give the folder itself");
  }

  /** Whoever inspects and whoever loads are told the same. */
  @Test
  void priorThatDoesNotFitItsSettingsIsRefusedByBoth() throws IOException {
    Path prior = folder.resolve("prior");
    Files.createDirectories(prior);
    for (String file : List.of("config.json", "diffusion_pytorch_model.safetensors")) {
      Files.copy(Path.of("src/test/resources/diffusers/ddpm", file), prior.resolve(file));
    }
    Path config = prior.resolve("config.json");
    Files.writeString(config, Files.readString(config).replace("per_block\": 2", "per_block\": 1"));
    String problem = Inspection.of(prior).problem();
    assertThat(problem).contains("does not fit the network");
    assertThatThrownBy(() -> PriorFile.open(prior, Map.of(), Device.CPU)).hasMessage(problem);
    assertThatThrownBy(() -> PriorFile.trained(prior.toString()))
        .hasMessageContaining("has no scheduler_config.json")
        .hasMessageContaining("give schedule and baseSteps");
  }

  @Test
  void qualiClipIsRecognised() {
    Path weights = Path.of("src/test/resources/qualiclip/qualiclip.pth");
    assertThat(Inspection.of(weights).architecture())
        .isEqualTo("QualiCLIP, image quality by a CLIP residual network and pairs of prompts");
  }
}
