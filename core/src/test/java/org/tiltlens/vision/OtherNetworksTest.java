package org.tiltlens.vision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.checkpoint.Parts;
import org.tiltlens.checkpoint.SafetensorsWriter;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.golden.MemoryStore;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

class OtherNetworksTest {
  @ParameterizedTest
  @CsvSource({
    "conv_stem.weight, an EfficientNet or MobileNet",
    "model.conv_stem.weight, an EfficientNet or MobileNet",
    "features.1.0.block.0.0.weight, an EfficientNet",
    "features.1.conv.0.0.weight, a MobileNet",
    "features.denseblock1.denselayer1.conv1.weight, a DenseNet",
    "Mixed_5b.branch1x1.conv.weight, an Inception",
    "inception3a.branch1.conv.weight, a GoogLeNet",
    "trunk_output.block1.block1-0.proj.0.weight, a RegNet",
    "features.1.0.attn.relative_position_bias_table, a Swin transformer",
    "layer1.0.se.fc1.weight, 'a ResNet with attention in its blocks (SE, ECA, CBAM)'",
    "stages.0.blocks.0.norm3.weight, 'a pre-activation ResNet (BiT, ResNetV2)'",
  })
  void namesTell(String tensor, String network) {
    MemoryStore store = new MemoryStore().put(tensor, new float[1], 1L);
    assertThat(OtherNetworks.in(store)).contains(network);
  }

  private static final Path VIT = Path.of("src/test/resources/vits/vit.safetensors");

  /** A ViT with one tensor more is another where that changes what it computes. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "blocks.0.attn.q_norm.weight | norms of queries and keys ('blocks.0.attn.q_norm.weight')",
        "blocks.0.attn.qkv.lora_A.weight | tensors of LoRA ('blocks.0.attn.qkv.lora_A.weight'),"
            + " which change the weights: merge them first",
        "blocks.1.mlp.fc1.base_layer.weight | tensors of LoRA",
      })
  void whatChangesANetworkIsRefusedByItsName(String tensor, String problem) {
    try (TensorStore vit = Parts.open(VIT).under("model.")) {
      MemoryStore store = copy(vit).put(tensor, new float[1], 1L);
      assertThatThrownBy(() -> VisionCheckpoint.network(store, Beside.NOTHING))
          .isInstanceOf(CheckpointException.class)
          .hasMessageContaining("memory holds " + problem);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "projector.0.weight",
        "predictor.0.weight",
        "projection_head.0.weight",
        "prototypes.weight",
        "prototypes",
        "mlp_head.0.weight",
        "last_layer.weight_v",
        "last_linear.weight",
      })
  void headsOfTrainingsAreLeftOut(String tensor) {
    try (TensorStore vit = Parts.open(VIT).under("model.")) {
      MemoryStore store = copy(vit).put(tensor, new float[1], 1L);
      Beside heads = new Beside(Optional.empty(), Optional.empty(), Map.of("heads", "2"));
      assertThat(VisionCheckpoint.network(store, heads).orElseThrow().leftOut()).contains(tensor);
    }
  }

  private static MemoryStore copy(TensorStore vit) {
    MemoryStore store = new MemoryStore();
    vit.entries()
        .values()
        .forEach(info -> store.put(info.name(), new float[0], info.shape().toArray(Long[]::new)));
    return store;
  }

  @ParameterizedTest
  @CsvSource({
    "classifier.0.convs.0.0.weight, false",
    "aux_classifier.0.weight, false",
    "decode_head.conv_seg.weight, false",
    "aspp.conv1.weight, false",
    "fc.weight, true",
    "classifier.weight, true",
  })
  void theResNetOfASegmentationNetworkIsRefused(String tensor, boolean plain) {
    MemoryStore store =
        new ResNetShapes(64, 7).basic(1, 1, 64).store().put(tensor, new float[1], 1L);
    if (plain) {
      assertThat(VisionCheckpoint.network(store, Beside.NOTHING)).isPresent();
    } else {
      assertThatThrownBy(() -> VisionCheckpoint.network(store, Beside.NOTHING))
          .isInstanceOf(CheckpointException.class)
          .hasMessageContaining("holds the ResNet of a segmentation network ('" + tensor + "'; ")
          .hasMessageContaining("torch.jit.trace");
    }
  }

  /** FCN's has no other name than a classifier's, but it is a convolution. */
  @Test
  void aClassifierOfPixelsIsOfSegmentation() {
    MemoryStore linear =
        new ResNetShapes(64, 7)
            .basic(1, 1, 64)
            .store()
            .put("classifier.4.weight", new float[0], 2L, 64L);
    assertThat(VisionCheckpoint.network(linear, Beside.NOTHING)).isPresent();
    linear.put("classifier.4.weight", new float[0], 2L, 64L, 1L, 1L);
    assertThatThrownBy(() -> VisionCheckpoint.network(linear, Beside.NOTHING))
        .hasMessageContaining("segmentation network ('classifier.4.weight'; ");
  }

  @ParameterizedTest
  @CsvSource({"layer1.0.conv1.weight", "my_conv_stem.weight", "head.weight"})
  void otherNamesDoNot(String tensor) {
    assertThat(OtherNetworks.in(new MemoryStore().put(tensor, new float[1], 1L))).isEmpty();
  }

  /** Blocks of two numbers, as an EfficientNet's, are no chunks of a transformer's. */
  @Test
  void openingAnEfficientNetSaysWhatItIs(@TempDir Path folder) {
    Path file = folder.resolve("net.safetensors");
    try (Scope scope = Scope.open()) {
      Map<String, Tensor> tensors =
          Map.of(
              "conv_stem.weight", Tensors.zeros(1),
              "blocks.0.0.conv_dw.weight", Tensors.zeros(1),
              "blocks.1.0.conv_pw.weight", Tensors.zeros(1));
      SafetensorsWriter.write(file, tensors, Map.of());
    }
    assertThatThrownBy(() -> VisionCheckpoint.open(file, Device.CPU, Optional.empty()))
        .hasMessage(
            file
                + " holds no vision network that is read as data, but an EfficientNet or MobileNet:"
                + " "
                + OtherNetworks.INSTEAD);
    assertThat(OtherNetworks.INSTEAD).doesNotContain("\n");
  }
}
