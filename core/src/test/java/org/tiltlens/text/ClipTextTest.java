package org.tiltlens.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.checkpoint.Checkpoints;
import org.tiltlens.checkpoint.SafetensorsWriter;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.golden.Goldens;
import org.tiltlens.golden.LatentGoldens;
import org.tiltlens.golden.MemoryStore;
import org.tiltlens.torch.Activation;
import org.tiltlens.torch.Autograd;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

class ClipTextTest {
  private static final String FILE = "clip_text.safetensors";

  @TempDir private Path folder;

  private static ClipTextSettings settings(TensorStore store) {
    return new ClipTextSettings(
        LatentGoldens.integer(store, "transformer_heads"),
        Activation.of(LatentGoldens.say(store, "activation")),
        Double.parseDouble(LatentGoldens.say(store, "layer_norm_eps")));
  }

  private static long[][] prompts(TensorStore store) {
    Tensor ids = store.load("input_ids");
    long[][] prompts = new long[(int) ids.size(0)][];
    Arrays.setAll(prompts, i -> Tensors.toLongs(ids.select(0, i)));
    return prompts;
  }

  private static void assertAgrees(ClipText encoder, TensorStore store) {
    ClipText.Encoding said = encoder.encode(prompts(store));
    Goldens.assertClose(
        said.lastHiddenState(), store.load("last_hidden_state"), Goldens.TOLERANCE, "last");
    Goldens.assertClose(said.pooled(), store.load("pooled_output"), Goldens.TOLERANCE, "pooled");
    Goldens.assertClose(
        said.textEmbeds().orElseThrow(),
        store.load("text_embeds"),
        Goldens.TOLERANCE,
        "text_embeds");
  }

  @Test
  @Tag("golden")
  void encodingsAndGradientsEqualTheReference() {
    try (TensorStore store = LatentGoldens.open(FILE);
        Scope scope = Scope.open();
        ClipText encoder = ClipText.open(store.under("model."), settings(store), Device.CPU)) {
      assertThat(encoder.contextLength()).isEqualTo(LatentGoldens.integer(store, "context_length"));
      assertThat(encoder.vocabulary()).isEqualTo(LatentGoldens.integer(store, "vocab_size"));
      assertAgrees(encoder, store);

      long[][] prompts = prompts(store);
      int end = LatentGoldens.integer(store, "eot_token_id");
      int[] ends =
          Arrays.stream(prompts)
              .mapToInt(ids -> (int) Arrays.stream(ids).takeWhile(id -> id != end).count())
              .toArray();
      Tensor leaf = Autograd.leaf(encoder.tokenEmbeddings(prompts));
      Tensor last = encoder.encode(leaf, ends).lastHiddenState();
      Tensor sum = last.mul(store.load("probe.last_hidden_state.weight")).sum();
      Goldens.assertClose(
          Autograd.gradient(sum, leaf),
          store.load("token_embeddings_grad"),
          Goldens.LOOSE,
          "gradient");

      Tensor embeds = encoder.encode(leaf, ends).textEmbeds().orElseThrow();
      Tensor other = embeds.mul(store.load("probe.text_embeds.weight")).sum();
      Goldens.assertClose(
          Autograd.gradient(other, leaf),
          store.load("token_embeddings_grad_text_embeds"),
          Goldens.LOOSE,
          "gradient of text_embeds");
    }
  }

  @Test
  @Tag("golden")
  void huggingFacesFolderIsTheSameEncoder() {
    try (TensorStore store = LatentGoldens.open(FILE);
        Scope scope = Scope.open();
        ClipText encoder = ClipText.open(LatentGoldens.file("clip_text_hf"), Device.CPU)) {
      assertAgrees(encoder, store);
    }
  }

  /** Copies the folder's tensors under other names. */
  private Path renamed(String prefix, String... left) {
    Path file = folder.resolve("renamed.safetensors");
    try (TensorStore store = Checkpoints.open(LatentGoldens.file("clip_text_hf"));
        Scope scope = Scope.open()) {
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      store.entries().keySet().stream()
          .filter(name -> Arrays.stream(left).noneMatch(name::startsWith))
          .forEach(name -> tensors.put(prefix + name, store.load(name)));
      SafetensorsWriter.write(file, tensors, Map.of());
    }
    return file;
  }

  /** Heads of 64 channels and QuickGELU need no settings. */
  @Test
  void stableDiffusionHoldsOneWithoutProjection() {
    Path file = renamed("cond_stage_model.transformer.", "text_projection");
    try (TensorStore store = LatentGoldens.open(FILE);
        TensorStore own = Checkpoints.open(file);
        Scope scope = Scope.open();
        ClipText encoder = ClipText.open(own, settings(store), Device.CPU);
        ClipText alone = ClipText.open(file, Device.CPU)) {
      ClipText.Encoding said = encoder.encode(prompts(store));
      Goldens.assertClose(
          said.lastHiddenState(), store.load("last_hidden_state"), Goldens.TOLERANCE, "last");
      assertThat(said.textEmbeds()).isEmpty();
      assertThat(alone.width()).isEqualTo(encoder.width());
    }
  }

  @Test
  void whatNobodyTellsIsAskedFor() {
    Path file = renamed("other.");
    assertThatThrownBy(() -> ClipText.open(file, Device.CPU))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("does not tell its heads and activation")
        .message()
        .doesNotContain("\n");
  }

  @Test
  void otherSettingsAreRefused() throws IOException {
    Files.copy(renamed(""), folder.resolve("model.safetensors"));
    Files.delete(folder.resolve("renamed.safetensors"));
    Path config = folder.resolve("config.json");
    Files.writeString(config, "{\"num_attention_heads\": 1000003}");
    assertThatThrownBy(() -> ClipText.open(folder, Device.CPU))
        .hasMessageContaining("1000003 heads of attention do not share");
    Files.writeString(config, "{\"num_attention_heads\": 1, \"hidden_act\": \"relu\"}");
    assertThatThrownBy(() -> ClipText.open(folder, Device.CPU))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("activation is 'relu'");
    Files.writeString(config, "{}");
    assertThatThrownBy(() -> ClipText.open(folder, Device.CPU))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("num_attention_heads");
  }

  @Test
  void otherCheckpointsAreRefused() {
    ClipTextSettings settings = ClipTextSettings.openAi(64);
    MemoryStore none = new MemoryStore().put("weight", new float[1], 1L);
    assertThatThrownBy(() -> ClipText.open(none, settings, Device.CPU))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("no text encoder of CLIP");
    MemoryStore half = new MemoryStore().put("token_embedding.weight", new float[6], 3L, 2L);
    assertThatThrownBy(() -> ClipText.open(half, settings, Device.CPU))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("'positional_embedding' is missing");
  }

  /** A causal encoder cannot see what comes after. */
  @Test
  void whatComesAfterTheEndChangesNothingBefore() {
    try (Scope scope = Scope.open();
        ClipText encoder = ClipText.open(LatentGoldens.file("clip_text_hf"), Device.CPU)) {
      ClipTokenizer tokenizer = ClipTokenizer.open(LatentGoldens.file("clip_text_hf"));
      int length = encoder.contextLength();
      long[] zeros = tokenizer.ids("a red house", length, 0);
      long[] ends = tokenizer.ids("a red house", length, tokenizer.end());
      Tensor one = encoder.encode(zeros).pooled();
      Tensor other = encoder.encode(ends).pooled();
      Goldens.assertClose(one, other, 1e-5, "pooled");
      assertThatThrownBy(() -> encoder.encode(new long[] {0, encoder.vocabulary()}))
          .hasMessageContaining("token id " + encoder.vocabulary());
      assertThatThrownBy(() -> encoder.encode(new long[length + 1]))
          .hasMessageContaining("at most " + length);
      assertThatThrownBy(() -> encoder.encode(Tensors.zeros(1, 3, encoder.width()), 3))
          .hasMessageContaining("ends below L");
    }
  }
}
