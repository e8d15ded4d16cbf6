package org.tiltlens.vision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tiltlens.checkpoint.SafetensorsWriter;
import org.tiltlens.golden.MemoryStore;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

class ForeignNetworksTest {
  @ParameterizedTest
  @CsvSource({
    "conv_stem.weight, EfficientNet or MobileNet by timm's names",
    "model.conv_stem.weight, EfficientNet or MobileNet by timm's names",
    "features.1.0.block.0.0.weight, EfficientNet",
    "features.1.conv.0.0.weight, MobileNet",
    "features.denseblock1.denselayer1.conv1.weight, DenseNet",
    "Mixed_5b.branch1x1.conv.weight, Inception network",
    "trunk_output.block1.block1-0.proj.0.weight, RegNet",
    "layers.0.blocks.0.attn.relative_position_bias_table, Swin transformer",
    "features.1.0.attn.relative_position_bias_table, Swin transformer",
    "layer1.0.se.fc1.weight, 'ResNet with attention in its blocks (SE, ECA, CBAM)'",
    "features.0.weight, VGG or AlexNet",
  })
  void namesTell(String tensor, String kind) {
    MemoryStore store = new MemoryStore().put(tensor, new float[1], 1L);
    assertThat(ForeignNetworks.in(store)).contains(kind);
  }

  @ParameterizedTest
  @CsvSource({"layer1.0.conv1.weight", "my_conv_stem.weight", "features.0.0.weight", "head.weight"})
  void otherNamesDoNot(String tensor) {
    assertThat(ForeignNetworks.in(new MemoryStore().put(tensor, new float[1], 1L))).isEmpty();
  }

  @Test
  void theMoreTellingNameWins() {
    MemoryStore store = new MemoryStore().put("features.0.weight", new float[1], 1L);
    store.put("features.3.squeeze.weight", new float[1], 1L);
    assertThat(ForeignNetworks.in(store)).contains("SqueezeNet");
  }

  /** Blocks of two numbers, as an EfficientNet's, are no chunks of a transformer's. */
  @Test
  void openingOneSaysWhatItIs(@TempDir Path folder) {
    Path file = folder.resolve("net.safetensors");
    try (Scope scope = Scope.open()) {
      Map<String, org.bytedeco.pytorch.Tensor> tensors =
          Map.of(
              "conv_stem.weight", Tensors.zeros(1),
              "blocks.0.0.conv_dw.weight", Tensors.zeros(1),
              "blocks.1.0.conv_pw.weight", Tensors.zeros(1));
      SafetensorsWriter.write(file, tensors, Map.of());
    }
    assertThatThrownBy(() -> VisionCheckpoint.open(file, Device.CPU, Optional.empty()))
        .hasMessage(
            file
                + " holds a network that is not read as data (EfficientNet or MobileNet by timm's"
                + " names): "
                + VisionCheckpoint.instead());
    assertThat(List.of(VisionCheckpoint.instead().split("\n"))).hasSize(1);
  }
}
