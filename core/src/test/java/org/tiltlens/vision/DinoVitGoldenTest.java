package org.tiltlens.vision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.tiltlens.golden.Goldens.LOOSE;
import static org.tiltlens.golden.Goldens.TOLERANCE;
import static org.tiltlens.golden.Goldens.assertClose;

import java.util.List;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tiltlens.checkpoint.Checkpoints;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.golden.Goldens;
import org.tiltlens.torch.Autograd;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/** DINOv3's vision transformer against Meta's own code, with an MLP and with a SwiGLU. */
@Tag("golden")
class DinoVitGoldenTest {
  private static final String MLP = "dinov3_vit_mlp";
  private static final String SWIGLU = "dinov3_vit_swiglu";
  private static final String HOOK = "hook.";
  private static final String PROBE = "probe.";
  private static final String WEIGHT = ".weight";

  private Scope scope;

  @BeforeEach
  void open() {
    scope = Scope.open();
  }

  @AfterEach
  void close() {
    scope.close();
  }

  private static TensorStore golden(String name) {
    return Goldens.open(name + ".safetensors");
  }

  private static Vit model(TensorStore store, VitSettings settings) {
    return Vit.open(store, settings, Device.CPU, Normalisation.IDENTITY, Optional.empty());
  }

  /** What the golden file says of the network beyond its tensors. */
  private static VitSettings settings(TensorStore golden) {
    return VitSettings.of(Optional.empty(), golden.metadata());
  }

  /** All tokens (N, T, C) at one place, put together again from its hook points. */
  private static Tensor sequence(Vit model, Tensor images, HookPoint at) {
    List<HookPoint> kinds =
        model.config().storageTokens() == 0
            ? List.of(at.of(HookPoint.Tokens.CLS), at)
            : List.of(at.of(HookPoint.Tokens.CLS), at.of(HookPoint.Tokens.STORAGE), at);
    List<Tensor> maps = model.activations(images, kinds);
    return Tensors.cat(maps.stream().map(map -> map.flatten(2, 3).transpose(1, 2)).toList(), 1);
  }

  private static void assertEverythingAgrees(Vit model, TensorStore golden) {
    Tensor input = golden.load("input");
    HookPoint first = HookPoint.parse("blocks.0.resid_pre");
    assertClose(sequence(model, input, first), golden.load("embeddings"), TOLERANCE, "embeddings");
    List<String> hooks =
        golden.entries().keySet().stream().filter(name -> name.startsWith(HOOK)).toList();
    assertThat(hooks).hasSizeGreaterThanOrEqualTo(model.config().depth());
    for (String name : hooks) {
      HookPoint at = HookPoint.parse(name.substring(HOOK.length()));
      Tensor actual = sequence(model, input, at);
      assertClose(actual, golden.load(name), TOLERANCE, name);
      assertThat(actual.requires_grad()).isFalse();
      assertThat(actual.size(2)).isEqualTo(model.channels(at));
    }
    assertOutputsAgree(model.tokens(input), golden);
    assertGradientAgrees(model, golden);
  }

  private static void assertOutputsAgree(Vit.Tokens tokens, TensorStore golden) {
    assertClose(tokens.cls(), golden.load("x_norm_clstoken"), TOLERANCE, "cls");
    assertClose(tokens.patches(), golden.load("x_norm_patchtokens"), TOLERANCE, "patches");
    if (golden.entries().containsKey("x_storage_tokens")) {
      assertClose(tokens.storage(), golden.load("x_storage_tokens"), TOLERANCE, "storage");
    }
  }

  private static void assertGradientAgrees(Vit model, TensorStore golden) {
    String probe =
        golden.entries().keySet().stream()
            .filter(name -> name.startsWith(PROBE) && name.endsWith(WEIGHT))
            .findFirst()
            .orElseThrow();
    String block = probe.substring(PROBE.length(), probe.length() - WEIGHT.length());
    HookPoint at = new HookPoint(block, HookPoint.Site.RESID_POST);
    Tensor input = Autograd.leaf(golden.load("input"));
    Tensor sum = sequence(model, input, at).mul(golden.load(probe)).sum();
    assertClose(Autograd.gradient(sum, input), golden.load("input_grad"), LOOSE, "input_grad");
  }

  @ParameterizedTest
  @ValueSource(strings = {MLP, SWIGLU})
  void activationsOutputsAndGradientAgree(String name) {
    try (TensorStore golden = golden(name);
        Vit model = model(golden, settings(golden))) {
      assertEverythingAgrees(model, golden);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {MLP, SWIGLU})
  void pthHoldsTheSameNetwork(String name) {
    try (TensorStore golden = golden(name);
        TensorStore pth = Goldens.open(name + ".pth");
        Vit model = model(pth, settings(golden))) {
      assertEverythingAgrees(model, golden);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {MLP, SWIGLU})
  void huggingFaceFolderHoldsTheSameNetwork(String name) {
    String folder = name + "_hf";
    Optional<String> config = Checkpoints.config(Goldens.file(folder));
    try (TensorStore golden = golden(name);
        TensorStore store = Goldens.open(folder);
        Vit model = model(store, VitSettings.of(config, store.metadata()))) {
      assertEverythingAgrees(model, golden);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {MLP, SWIGLU})
  void shapeIsRecognisedFromTheTensors(String name) {
    try (TensorStore golden = golden(name)) {
      assertThat(RandomVits.recognise(golden, Optional.empty()))
          .hasValueSatisfying(
              config -> {
                assertThat(config.width()).isEqualTo(said(golden, "embed_dim"));
                assertThat(config.depth()).isEqualTo(said(golden, "depth"));
                assertThat(config.heads()).isEqualTo(said(golden, "num_heads"));
                assertThat(config.storageTokens()).isEqualTo(said(golden, "n_storage_tokens"));
                assertThat(config.patch()).isEqualTo(said(golden, "patch_size"));
                assertThat(config.gated()).isEqualTo(name.equals(SWIGLU));
              });
    }
  }

  private static int said(TensorStore golden, String key) {
    return Integer.parseInt(golden.metadata().get(key));
  }
}
