package org.tiltlens.vision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.tiltlens.golden.Goldens.assertClose;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.checkpoint.Parts;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.golden.MemoryStore;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Noise;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/** Against PyTorch's own numbers. */
@Tag("rounding")
class ResNetTest {
  private static final HookPoint EARLY = HookPoint.parse("layer2.0.hook_resid_pre");

  private Scope scope;

  @BeforeEach
  void open() {
    scope = Scope.open();
  }

  @AfterEach
  void close() {
    scope.close();
  }

  private static Recognised recognise(TensorStore store) {
    return new ResNetFamily().in(store, Beside.NOTHING).orElseThrow();
  }

  private static PooledModel open(TensorStore store) {
    return open(store, Optional.empty());
  }

  private static PooledModel open(TensorStore store, Optional<HookPoint> last) {
    return recognise(store).open(Device.CPU, Normalisation.IMAGENET, last);
  }

  private static TensorStore resnext() {
    return ConvolutionalNumbers.open("resnext.safetensors");
  }

  private static MemoryStore only(String prefix, TensorStore store) {
    return Copies.renamed(store, name -> name.startsWith(prefix) ? name : null);
  }

  /** Grouped bottlenecks; a stem of three convolutions and averaged shortcuts at odd sizes. */
  @ParameterizedTest
  @ValueSource(strings = {"resnext", "deep"})
  void numbersAreThoseOfPytorch(String name) {
    try (TensorStore store = ConvolutionalNumbers.open(name + ".safetensors");
        PooledModel model = open(only("model.", store))) {
      ConvolutionalNumbers.requireOf(model, store);
    }
  }

  /** A legacy file with {@code best_prec1} beside {@code module.} names. */
  @Test
  void numbersOfTheNetworksForCifarAreThoseOfPytorch() {
    try (TensorStore expected = ConvolutionalNumbers.open("cifar.safetensors");
        TensorStore store = Parts.open(ConvolutionalNumbers.FOLDER.resolve("cifar.th"));
        PooledModel model = open(store)) {
      ConvolutionalNumbers.requireOf(model, expected);
      assertThat(model.stride()).isEqualTo(1);
    }
  }

  @Test
  void aTorchScriptExportOfTheSameModuleComputesTheSame() {
    HookPoint last = HookPoint.parse("layer2.1.hook_resid_post");
    try (VisionModel export =
            TorchScriptModel.open(
                ConvolutionalNumbers.FOLDER.resolve("resnext.pt"),
                Map.of("size", "40"),
                Device.CPU);
        PooledModel model = open(only("model.", resnext()))) {
      Tensor images = Tensors.scale(Noise.normal(5, 0, 0, 3, 3, 40, 40), 0.5);
      Tensor map = export.activations(images, TorchScriptModel.OUTPUT);
      assertClose(model.activations(images, last), map, 2e-5, "map");
      assertClose(model.pooled(images), Tensors.mean(map, 2, 3), 2e-5, "pooled");
    }
  }

  /**
   * Hugging Face's names, and kuangliu's of the shortcuts, which timm's and Barlow Twins' files
   * lack.
   */
  @ParameterizedTest
  @CsvSource({"true", "false"})
  void otherNamesAreTheSameNetworkToTheBit(boolean huggingFace) {
    MemoryStore other =
        Copies.renamed(
            only("model.", resnext()),
            name -> huggingFace ? huggingFace(name) : name.replace(".downsample.", ".shortcut."));
    try (PooledModel model = open(only("model.", resnext()));
        PooledModel renamed = open(other)) {
      Tensor images = Noise.normal(5, 0, 0, 2, 3, 33, 20);
      assertClose(renamed.pooled(images), model.pooled(images), 0, "pooled");
      assertThat(renamed.hookPoints()).isEqualTo(model.hookPoints());
      assertThat(renamed.describe()).isEqualTo(model.describe());
    }
  }

  static String huggingFace(String name) {
    return name.replaceFirst("^model\\.(conv|bn)1\\.", "model.embedder.embedder.$1.")
        .replaceFirst("^model\\.layer1\\.", "model.encoder.stages.0.layers.")
        .replaceFirst("^model\\.layer2\\.", "model.encoder.stages.1.layers.")
        .replaceFirst("\\.(conv|bn)1\\.", ".layer.0.$1.")
        .replaceFirst("\\.(conv|bn)2\\.", ".layer.1.$1.")
        .replaceFirst("\\.(conv|bn)3\\.", ".layer.2.$1.")
        .replaceFirst("\\.downsample\\.0\\.", ".shortcut.conv.")
        .replaceFirst("\\.downsample\\.1\\.", ".shortcut.bn.")
        .replaceFirst("\\.conv\\.", ".convolution.")
        .replaceFirst("\\.bn\\.", ".normalization.");
  }

  /**
   * Where its config says so, the first convolution of a bottleneck strides, and the first layer.
   */
  @Test
  void stridesAreWhereTheConfigHasThem() {
    MemoryStore store = Copies.renamed(only("model.", resnext()), ResNetTest::huggingFace);
    String config = "{\"downsample_in_bottleneck\": %s, \"downsample_in_first_stage\": %s}";
    Tensor images = Noise.normal(5, 0, 0, 2, 3, 64, 32);
    HookPoint first = HookPoint.parse("layer1.0.hook_resid_post");
    HookPoint second = HookPoint.parse("layer2.0.hook_resid_post");
    try (PooledModel usual = open(store);
        PooledModel early = with(store, config.formatted(true, false));
        PooledModel first2 = with(store, config.formatted(false, true))) {
      assertThat(Tensors.shape(usual.activations(images, first))).containsExactly(2, 8, 16, 8);
      assertThat(Tensors.shape(first2.activations(images, first))).containsExactly(2, 8, 8, 4);
      assertClose(early.activations(images, first), usual.activations(images, first), 0, "first");
      assertThat(Tensors.toFloats(early.activations(images, second)))
          .hasSameSizeAs(Tensors.toFloats(usual.activations(images, second)))
          .isNotEqualTo(Tensors.toFloats(usual.activations(images, second)));
    }
    assertThatThrownBy(() -> with(store, "{\"hidden_act\": \"silu\"}"))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("hidden_act silu, expected relu");
  }

  private static PooledModel with(TensorStore store, String config) {
    Beside beside = new Beside(Optional.of(config), Optional.empty(), Map.of());
    return new ResNetFamily()
        .in(store, beside)
        .orElseThrow()
        .open(Device.CPU, Normalisation.IMAGENET, Optional.empty());
  }

  @Test
  void whatComesLaterIsNotNeeded() {
    MemoryStore store =
        Copies.renamed(
            resnext(),
            name -> name.startsWith("model.") && !name.contains("layer2.1") ? name : null);
    HookPoint last = HookPoint.parse("layer2.0.hook_block_out");
    try (PooledModel part = open(store, Optional.of(last));
        PooledModel whole = open(only("model.", resnext()))) {
      Tensor images = Noise.normal(5, 0, 0, 1, 3, 20, 20);
      assertClose(part.activations(images, last), whole.activations(images, last), 0, "part");
      assertThat(part.hookPoints()).last().isEqualTo(last);
      assertThatThrownBy(() -> part.pooled(images)).hasMessageContaining(last.toString());
    }
    MemoryStore early = only("model.", resnext());
    try (PooledModel part = open(early, Optional.of(EARLY))) {
      assertThat(early.read()).isNotEmpty().noneMatch(name -> name.contains("layer2"));
      assertThat(part.describe()).endsWith(", up to " + EARLY);
    }
  }

  @Test
  void hookPointsThatAreNotThereSayWhichAre() {
    try (PooledModel model = open(only("model.", resnext()))) {
      assertThat(model.channels(EARLY)).isEqualTo(8);
      assertThat(model.channels(HookPoint.parse("layer2.0.hook_block_out"))).isEqualTo(12);
      assertThat(model.stride()).isEqualTo(4);
      assertThatThrownBy(() -> model.require(HookPoint.parse("layer3.0.hook_resid_pre")))
          .hasMessageEndingWith("there are layer1..layer2");
      assertThatThrownBy(() -> model.require(HookPoint.parse("layer2.2.hook_resid_pre")))
          .hasMessageEndingWith("layer2 has blocks 0..1");
      assertThatThrownBy(() -> model.require(HookPoint.parse("layer2.1.hook_conv_out")))
          .hasMessageContaining("hook_resid_pre, hook_block_out, hook_resid_post");
      assertThatThrownBy(() -> model.require(HookPoint.parse("stages.1.0.hook_resid_pre")))
          .hasMessageContaining("layer<layer, from 1>.<block>");
      assertThatThrownBy(() -> model.pooled(Tensors.zeros(1, 1, 20, 20)))
          .hasMessage("images of shape 1x1x20x20: expected Nx3xHxW");
    }
  }

  @Test
  void everyImageIsSeenAlone() {
    try (PooledModel model = open(only("model.", resnext()))) {
      Tensor images = Noise.normal(5, 0, 0, 2, 3, 20, 20);
      assertClose(
          model.pooled(images).narrow(0, 1, 1),
          model.pooled(images.narrow(0, 1, 1)),
          1e-6,
          "second");
      assertThat(Tensors.toFloats(model.pooled(Tensors.zeros(1, 3, 1, 1)))).hasSize(12);
    }
  }

  @Test
  void headsAndCountersAreLeftOut() {
    MemoryStore store = only("model.", resnext());
    store.putRandom("model.bn1.num_batches_tracked", "a", List.of());
    store.putRandom("model.projection_head.0.weight", "b", List.of(2L, 2L));
    store.putRandom("queue", "c", List.of(2L, 2L));
    assertThat(recognise(store).leftOut())
        .containsExactly(
            "model.fc.weight",
            "model.fc.bias",
            "model.bn1.num_batches_tracked",
            "model.projection_head.0.weight");
    assertThat(recognise(store).prefix()).isEqualTo("model.");
  }
}
