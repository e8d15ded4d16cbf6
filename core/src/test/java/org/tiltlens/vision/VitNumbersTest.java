package org.tiltlens.vision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.tiltlens.golden.Goldens.TOLERANCE;
import static org.tiltlens.golden.Goldens.assertClose;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.tiltlens.checkpoint.Parts;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/**
 * ViTs with learned positions against what PyTorch computes of the same weights; the files, and the
 * modules, are made by {@code make_vits.py} beside them.
 */
class VitNumbersTest {
  private static final Path FOLDER = Path.of("src/test/resources/vits");

  private Scope scope;

  @BeforeEach
  void open() {
    scope = Scope.open();
  }

  @AfterEach
  void close() {
    scope.close();
  }

  static List<String> withNumbers() throws IOException {
    return files(false);
  }

  static List<String> byOtherNames() throws IOException {
    return files(true);
  }

  private static List<String> files(boolean same) throws IOException {
    try (Stream<Path> all = Files.list(FOLDER)) {
      return all.map(path -> path.getFileName().toString())
          .filter(name -> name.endsWith(".safetensors"))
          .map(name -> name.replace(".safetensors", ""))
          .filter(name -> metadata(name).containsKey("same") == same)
          .sorted()
          .toList();
    }
  }

  private static TensorStore store(String name) {
    return Parts.open(FOLDER.resolve(name + ".safetensors"));
  }

  private static Map<String, String> metadata(String name) {
    try (TensorStore store = store(name)) {
      return store.metadata();
    }
  }

  private static Recognised recognised(TensorStore store) {
    Beside beside =
        new Beside(Optional.of(store.metadata().get("config")), Optional.empty(), Map.of());
    return VisionCheckpoint.recognise(store, beside).orElseThrow();
  }

  private static Vit model(TensorStore store) {
    return (Vit) recognised(store).open(Device.CPU, Normalisation.IDENTITY, Optional.empty());
  }

  /** All tokens (N, T, C) at one place, put together again from its hook points. */
  private static Tensor sequence(Vit model, Tensor images, HookPoint at) {
    List<HookPoint> kinds =
        Stream.of(HookPoint.Tokens.CLS, HookPoint.Tokens.STORAGE, HookPoint.Tokens.PATCHES)
            .map(at::of)
            .filter(model.hookPoints()::contains)
            .toList();
    List<Tensor> maps = model.activations(images, kinds);
    return Tensors.cat(maps.stream().map(map -> map.flatten(2, 3).transpose(1, 2)).toList(), 1);
  }

  @ParameterizedTest
  @MethodSource("withNumbers")
  void blocksAndVectorsAgreeAtTheLearnedSizeAndAtAnother(String name) {
    try (TensorStore store = store(name);
        Vit model = model(store)) {
      for (String size : List.of("square", "input")) {
        Tensor images = store.load(size);
        for (int block = 0; block < model.config().depth(); block++) {
          HookPoint at = new HookPoint("blocks." + block, HookPoint.Site.RESID_POST);
          String key = size + ".blocks." + block;
          assertClose(sequence(model, images, at), store.load(key), TOLERANCE, key);
        }
        String key = size + ".vector";
        assertClose(model.pooled(images), store.load(key), TOLERANCE, key);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("byOtherNames")
  void theSameWeightsByOtherNamesGiveTheSame(String name) {
    try (TensorStore store = store(name);
        TensorStore first = store(store.metadata().get("same"));
        Vit model = model(store);
        Vit other = model(first)) {
      Tensor images = first.load("square");
      List<HookPoint> all = model.hookPoints();
      assertThat(all).isEqualTo(other.hookPoints());
      PooledModel.Summed here = model.summed(images, all);
      PooledModel.Summed there = other.summed(images, all);
      for (int i = 0; i < all.size(); i++) {
        String what = name + " " + all.get(i);
        assertClose(here.activations().get(i), there.activations().get(i), 1e-5, what);
      }
      assertClose(here.vectors(), there.vectors(), 1e-5, name);
    }
  }

  @Test
  void aNetworkAndItsTorchScriptExportAgree() {
    Map<String, String> options =
        Map.of(
            "size",
            "12",
            "mean",
            "0,0,0",
            "std",
            "1,1,1",
            "range",
            "-1,1",
            "prefix_tokens",
            "1",
            "cls",
            "true");
    HookPoint last = HookPoint.parse("blocks.1.hook_resid_post");
    try (TensorStore store = store("vit");
        Vit model = model(store);
        VisionModel exported =
            TorchScriptModel.open(FOLDER.resolve("vit.pt"), options, Device.CPU)) {
      Tensor images = store.load("square");
      for (HookPoint.Tokens tokens : List.of(HookPoint.Tokens.PATCHES, HookPoint.Tokens.CLS)) {
        assertClose(
            model.activations(images, last.of(tokens)),
            exported.activations(images, TorchScriptModel.OUTPUT.of(tokens)),
            TOLERANCE,
            tokens.toString());
      }
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "dinov2 | DINOv2 ViT/14, 2 blocks of 16 channels, 2 heads, MLP of 24, 0 storage tokens,"
            + " positions of 3 x 3",
        "dinov2_registers_timm | DINOv2 ViT/4, 2 blocks of 16 channels, 2 heads, SwiGLU of 24, 2"
            + " storage tokens, positions of 3 x 3",
        "deit | DeiT, a ViT/4",
        "vit_torchvision | ViT/4",
        "clip_openai | CLIP ViT/4, 2 blocks of 16 channels, 2 heads, MLP of 24 with quick_gelu, 0",
        "siglip_hf | SigLIP ViT/4, 2 blocks of 16 channels, 2 heads, MLP of 24 with gelu_tanh"
            + " (assumed: the vision option `activation` says otherwise)",
      })
  void networksAreDescribed(String name, String description) {
    try (TensorStore store = store(name)) {
      assertThat(recognised(store).describe()).startsWith(description);
    }
  }

  /** Without a class token and such biases a ViT may be one whose norms come after its layers. */
  @Test
  void whereTheNormsStandMustBeTold() {
    try (TensorStore store = store("vit_no_class")) {
      Map<String, String> heads = Map.of("heads", "2");
      UnaryOperator<String> bare = name -> name.endsWith("qkv.bias") ? null : name;
      TensorStore copy = Copies.renamed(store, bare);
      Beside nothing = new Beside(Optional.empty(), Optional.empty(), heads);
      assertThatThrownBy(() -> VisionCheckpoint.recognise(copy, nothing))
          .hasMessageContaining("its norms may come after its layers");
      String config = "{\"architecture\": \"%s\"}";
      Beside other =
          new Beside(
              Optional.of(config.formatted("vit_base_patch16_224")), Optional.empty(), heads);
      assertThat(VisionCheckpoint.recognise(copy, other)).isPresent();
      Beside rpn =
          new Beside(
              Optional.of(config.formatted("vit_base_patch16_rpn_224")), Optional.empty(), heads);
      assertThatThrownBy(() -> VisionCheckpoint.recognise(store, rpn))
          .hasMessageContaining("its norms may come after its layers");
    }
  }

  /** 1 + 2 x 4 positions are 3 x 3 too: what a config.json says comes first, a guess is told. */
  @Test
  void positionsAreOfTheImagesThatAreSaid() {
    try (TensorStore store = store("vit_no_embed_class")) {
      Map<String, String> heads = Map.of("heads", "2");
      Beside nothing = new Beside(Optional.empty(), Optional.empty(), heads);
      assertThat(VisionCheckpoint.recognise(store, nothing).orElseThrow().describe())
          .contains("positions of 3 x 3, none of the class token (assumed)");
      String config = "{\"model_args\": {\"img_size\": [8, 16]}, \"image_size\": [8, 16]}";
      Beside said = new Beside(Optional.of(config), Optional.empty(), heads);
      assertThat(VisionCheckpoint.recognise(store, said).orElseThrow().describe())
          .contains("positions of 2 x 4")
          .doesNotContain("none of the class token");
    }
  }
}
