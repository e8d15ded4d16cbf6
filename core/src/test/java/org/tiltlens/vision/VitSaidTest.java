package org.tiltlens.vision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.checkpoint.Parts;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.golden.MemoryStore;
import org.tiltlens.torch.Activation;

/** What files beside a ViT say of it, and what is assumed where they say nothing. */
class VitSaidTest {
  private static final Path FOLDER = Path.of("src/test/resources/vits");
  private static final String ASSUMED = " (assumed: the vision option heads says otherwise)";

  private static VitConfig config(TensorStore store, Optional<String> config) {
    return config(store, new Beside(config, Optional.empty(), Map.of()));
  }

  private static VitConfig config(TensorStore store, Beside beside) {
    return ((VitFamily.Found) VisionCheckpoint.recognise(store, beside).orElseThrow()).config();
  }

  private static VitConfig config(String file, String config) {
    try (TensorStore store = Parts.open(FOLDER.resolve(file + ".safetensors"))) {
      return config(store, Optional.of(config.replace('\'', '"')));
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "vit | {'model_args': {'num_heads': 4, 'embed_dim': 16}} | 4 heads, MLP of 24, 0",
        "vit_hf | {'num_attention_heads': 4.0, 'hidden_size': 16} | 4 heads, MLP of 24, 0",
        "clip_openai | {'model_cfg': {'vision_cfg': {'width': 16, 'head_width': 4}}} | 4 heads,",
        "clip_timm | {'architecture': 'vit_base_patch16_clip_224', 'model_args': {'num_heads': 2,"
            + " 'act_layer': 'quick_gelu'}} | 2 heads, MLP of 24 with quick_gelu,",
        "siglip_timm | {'model_args': {'num_heads': 2, 'act_layer': 'gelu_tanh'}} | 2 heads, MLP of"
            + " 24 with gelu_tanh, 0",
      })
  void everyLibrarysConfigIsRead(String file, String config, String description) {
    assertThat(config(file, config).describe()).contains(description);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{'num_attention_heads': '4'} | num_attention_heads is \"4\", expected a whole number",
        "{'num_attention_heads': 4.5} | num_attention_heads is 4.5, expected a whole number",
        "{'num_attention_heads': 4, 'hidden_act': 'relu'} | config.json: hidden_act: activation is"
            + " 'relu', expected gelu, quick_gelu or gelu_tanh",
        "{'hidden_size': 32, 'num_attention_heads': 2} | config.json: hidden_size is 32, but the"
            + " tensors are of 16 channels",
        "{'model_args': {'embed_dim': 8, 'num_heads': 2}} | config.json: embed_dim is 8, but the"
            + " tensors are of 16",
        "{'model_cfg': {'vision_cfg': {'head_width': 5}}} | config.json: head_width is 5, expected"
            + " a divisor of the network's 16 channels",
        "{'model_cfg': {'vision_cfg': {'head_width': 4, 'pool_type': 'none'}}} | config.json:"
            + " pool_type is 'none', expected tok, or avg of normed tokens",
      })
  void whatCannotBeIsRefusedByItsName(String config, String problem) {
    assertThatThrownBy(() -> config("clip_openai", config))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining(problem);
  }

  @Test
  void whatSumsAnImageUpIsAsOpenClipSays() {
    String average = "{'model_cfg': {'vision_cfg': {'head_width': 8, 'pool_type': 'avg'}}}";
    assertThat(config("clip_openai", average).kind().pooling()).isEqualTo(VitKind.Pooling.MEAN);
    assertThat(config("clip_openai", average.replace("avg", "tok")).kind().pooling())
        .isEqualTo(VitKind.Pooling.CLASS_TOKEN);
  }

  @Test
  void theConfigOfOpenClipIsFoundBesideAFileOfAnyUsualName(@TempDir Path folder)
      throws IOException {
    Files.writeString(folder.resolve("open_clip_config.json"), "{}");
    for (String name : List.of("", "model.safetensors", "open_clip_model.safetensors")) {
      assertThat(Beside.of(folder.resolve(name)).config()).contains("{}");
    }
    assertThat(Beside.of(folder.resolve("mine.safetensors")).config()).isEmpty();
  }

  /** The entries of a ViT alone: of its shape, nothing more is asked. */
  private static MemoryStore shaped(String prefix, int width, boolean classToken) {
    VitKind kind =
        new VitKind(
            "ViT",
            classToken,
            Optional.of(new VitKind.LearnedPositions(0, 2, 2, VitKind.Resampling.PLAIN)),
            Activation.GELU,
            false,
            VitKind.Pooling.MEAN);
    VitConfig config = new VitConfig(width, 1, 1, 8, false, 4, 0, kind, false);
    MemoryStore store = new MemoryStore();
    VitShapes.all(
            config, new VitShapes.Parts(true, false, name -> name.matches("norm\\..*|.*qkv.bias")))
        .forEach(
            (name, shape) -> store.put(prefix + name, new float[0], shape.toArray(Long[]::new)));
    return store;
  }

  @ParameterizedTest
  @CsvSource({
    "'', 128, true, 2",
    "'', 1152, false, 16",
    "'', 1536, false, 16",
    "'', 1536, true, 24",
    "'', 384, true, 6",
    "momentum_encoder., 384, true, 12",
    "momentum_encoder., 768, true, 12",
  })
  void whereNothingIsSaidHeadsAreThePublishedOnesAndCalledAssumed(
      String prefix, int width, boolean classToken, int heads) {
    MemoryStore store = shaped(prefix, width, classToken);
    assertThat(config(store, Optional.empty()).describe())
        .contains(", " + heads + " heads" + ASSUMED + ", MLP of 8");
    Beside said = new Beside(Optional.empty(), Optional.empty(), Map.of("heads", "4"));
    assertThat(config(store, said).describe()).contains(", 4 heads, MLP of 8");
  }
}
