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
import org.tiltlens.checkpoint.SafetensorsWriter;
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
