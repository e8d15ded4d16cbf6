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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.golden.Goldens;
import org.tiltlens.torch.Autograd;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Scope;

/** DINOv3's ConvNeXt against Meta's own code. */
@Tag("golden")
class ConvNextGoldenTest {
  private static final String GOLDEN = "dinov3_convnext.safetensors";
  private static final String HOOK = "hook.";
  private static final String PROBE = "probe.";
  private static final String WEIGHT = ".weight";

  private Scope scope;
  private TensorStore golden;

  @BeforeEach
  void open() {
    scope = Scope.open();
    golden = Goldens.open(GOLDEN);
  }

  @AfterEach
  void close() {
    golden.close();
    scope.close();
  }

  private static ConvNext model(TensorStore store) {
    return ConvNext.open(store, Device.CPU, Normalisation.IDENTITY, Optional.empty());
  }

  private List<String> hooks() {
    List<String> hooks =
        golden.entries().keySet().stream().filter(name -> name.startsWith(HOOK)).toList();
    assertThat(hooks).isNotEmpty();
    return hooks;
  }

  @Test
  void activationsAgreeAtEveryHookPoint() {
    try (ConvNext model = model(golden)) {
      Tensor input = golden.load("input");
      for (String name : hooks()) {
        HookPoint at = HookPoint.parse(name.substring(HOOK.length()));
        Tensor actual = model.activations(input, at);
        assertClose(actual, golden.load(name), TOLERANCE, name);
        assertThat(actual.requires_grad()).isFalse();
        assertThat(actual.size(1)).isEqualTo(model.channels(at));
      }
    }
  }

  @Test
  void outputTokensAgree() {
    try (ConvNext model = model(golden)) {
      ConvNext.Tokens tokens = model.tokens(golden.load("input"));
      assertClose(tokens.cls(), golden.load("x_norm_clstoken"), TOLERANCE, "cls");
      assertClose(tokens.patches(), golden.load("x_norm_patchtokens"), TOLERANCE, "patches");
    }
  }

  @Test
  void gradientThroughAProbeAgrees() {
    String probe =
        golden.entries().keySet().stream()
            .filter(name -> name.startsWith(PROBE) && name.endsWith(WEIGHT))
            .findFirst()
            .orElseThrow();
    HookPoint at =
        HookPoint.parse(probe.substring(PROBE.length(), probe.length() - WEIGHT.length()));
    try (ConvNext model = model(golden)) {
      Tensor input = Autograd.leaf(golden.load("input"));
      Tensor sum = model.activations(input, at).mul(golden.load(probe)).sum();
      assertClose(Autograd.gradient(sum, input), golden.load("input_grad"), LOOSE, "input_grad");
    }
  }

  @Test
  void shapeIsRecognisedFromTheTensors() {
    assertThat(ConvNextConfig.recognise(golden))
        .hasValueSatisfying(
            config -> {
              assertThat(config.depths()).hasToString(golden.metadata().get("depths"));
              assertThat(config.dims()).hasToString(golden.metadata().get("dims"));
            });
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"dinov3_convnext.pth", "dinov3_convnext_legacy.pth", "dinov3_convnext_hf"})
  void otherFileFormatsHoldTheSameNetwork(String file) {
    try (TensorStore store = Goldens.open(file);
        ConvNext model = model(store)) {
      Tensor input = golden.load("input");
      for (String name : hooks()) {
        HookPoint at = HookPoint.parse(name.substring(HOOK.length()));
        assertClose(model.activations(input, at), golden.load(name), TOLERANCE, name);
      }
      assertClose(model.tokens(input).cls(), golden.load("x_norm_clstoken"), TOLERANCE, "cls");
    }
  }
}
