package org.tiltlens.vision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.golden.MemoryStore;
import org.tiltlens.torch.Device;

class ResNetFamilyTest {
  private static final String STEM = ", stem 7x7 of stride 2 with max-pool";
  private static final String WIDTHS = ", channels 256,512,1024,2048";

  private static Recognised recognise(TensorStore store) {
    return new ResNetFamily().in(store, Beside.NOTHING).orElseThrow();
  }

  private static MemoryStore basic(long kernel, int... blocks) {
    ResNetShapes shapes = new ResNetShapes(64, kernel);
    for (int i = 0; i < blocks.length; i++) {
      shapes.basic(i + 1, blocks[i], 64L << i);
    }
    return shapes.store();
  }

  private static MemoryStore bottlenecks(long width, long groups, int... blocks) {
    ResNetShapes shapes = new ResNetShapes(64, 7);
    for (int i = 0; i < blocks.length; i++) {
      shapes.bottlenecks(i + 1, blocks[i], width << i, groups, 256L << i);
    }
    return shapes.store();
  }

  private static MemoryStore small() {
    return basic(7, 1, 1);
  }

  @Test
  void publishedOnesHaveTheirNames() {
    assertThat(recognise(basic(7, 2, 2, 2, 2)).describe())
        .isEqualTo("ResNet-18, blocks 2,2,2,2, channels 64,128,256,512" + STEM);
    assertThat(recognise(basic(7, 3, 4, 6, 3)).describe()).startsWith("ResNet-34, ");
    assertThat(recognise(bottlenecks(64, 1, 3, 4, 6, 3)).describe())
        .isEqualTo("ResNet-50, blocks 3,4,6,3" + WIDTHS + STEM);
    assertThat(recognise(bottlenecks(64, 1, 3, 4, 23, 3)).describe()).startsWith("ResNet-101, ");
    assertThat(recognise(bottlenecks(64, 1, 3, 8, 36, 3)).describe()).startsWith("ResNet-152, ");
    assertThat(recognise(bottlenecks(128, 1, 3, 4, 6, 3)).describe())
        .isEqualTo("ResNet-50, blocks 3,4,6,3" + WIDTHS + ", bottlenecks of 128" + STEM);
    assertThat(recognise(bottlenecks(128, 32, 3, 4, 6, 3)).describe())
        .isEqualTo("ResNeXt-50, blocks 3,4,6,3" + WIDTHS + ", 32 groups of 4" + STEM);
  }

  /** torchvision's names with a small stem, which does not tell its stride. */
  @Test
  void whatTheFileDoesNotTellIsSaid() {
    assertThat(recognise(basic(3, 2, 2, 2, 2)).describe())
        .endsWith(", stem 3x3 of stride 1 without max-pool");
  }

  @ParameterizedTest
  @ValueSource(longs = {5, 2, 1})
  void aStemWhoseStrideIsNotKnownIsRefused(long kernel) {
    assertThatThrownBy(() -> recognise(basic(kernel, 1, 1)))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("'conv1.weight'");
  }

  /** RegNets of Hugging Face have these names and a stem of 3 x 3. */
  @Test
  void aRegNetIsNotTakenForAResNet() {
    MemoryStore store =
        Copies.empty(basic(3, 1, 1), name -> ResNetTest.huggingFace("model." + name));
    assertThatThrownBy(() -> recognise(store))
        .hasMessage(
            "memory: tensor 'model.embedder.embedder.convolution.weight' is a stem of 3x3, expected"
                + " 7x7, as a ResNet's is: nothing else tells its stride");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "conv1.weight | 64,1,7,7 | filters for 3 channels, of an odd side",
        "layer1.0.conv2.weight | 64,48,3,3 | filters for 64 channels, of an odd side",
        "layer1.0.conv2.weight | 64,64,3 | filters for 64 channels, of an odd side",
        "layer1.0.conv2.weight | 64,64,0,0 | filters for 64 channels, of an odd side",
        "layer2.0.downsample.0.weight | 96,64,1,1 | 128 channels out, as its block has",
      })
  void aTensorOfAnotherShapeIsNamed(String name, String shape, String expected) {
    Long[] sizes = Stream.of(shape.split(",")).map(Long::valueOf).toArray(Long[]::new);
    MemoryStore store =
        new ResNetShapes(64, 7).basic(1, 1, 64).basic(2, 1, 128).put(name, sizes).store();
    assertThatThrownBy(() -> recognise(store))
        .isInstanceOf(CheckpointException.class)
        .hasMessage(
            "memory: tensor '%s' is %s, expected %s".formatted(name, List.of(sizes), expected));
  }

  @Test
  void anotherShapeOfANormIsNamed() {
    MemoryStore store =
        new ResNetShapes(64, 7).basic(1, 1, 64).put("layer1.0.bn2.bias", 3L).store();
    assertThatThrownBy(() -> recognise(store).leftOut())
        .hasMessageEndingWith("1 of another shape: layer1.0.bn2.bias is [3], needs [64]");
  }

  /** A shortcut that is missing is no shortcut of option A. */
  @ParameterizedTest
  @CsvSource({
    "layer2.0.downsample.0.weight, layer2.0.downsample.0.weight",
    "layer2.0.conv2.weight, layer2.0.conv2.weight"
  })
  void whatIsMissingIsNamed(String name, String named) {
    for (long kernel : new long[] {3, 7}) {
      MemoryStore store = basic(kernel, 1, 1, 1);
      store.entries().remove(name);
      assertThatThrownBy(() -> recognise(store))
          .isInstanceOf(CheckpointException.class)
          .hasMessage("memory: there is no tensor '%s', which a ResNet needs".formatted(named));
    }
  }

  @Test
  void otherTensorsAmongThoseOfANetworkAreNamed() {
    MemoryStore store =
        new ResNetShapes(64, 7).basic(1, 1, 64).put("layer1.0.what.weight", 3L).store();
    assertThatThrownBy(() -> recognise(store).leftOut())
        .hasMessageEndingWith("1 unexpected: layer1.0.what.weight");
    assertThatThrownBy(
            () -> recognise(store).open(Device.CPU, Normalisation.IMAGENET, Optional.empty()))
        .hasMessageEndingWith("1 unexpected: layer1.0.what.weight");
  }

  @ParameterizedTest
  @CsvSource({
    "bn1.weight, pre-activation ResNets",
    "bn1.running_var, ResNets with group norm",
  })
  void otherNormsAreRefusedWithTheReason(String name, String kind) {
    MemoryStore store = small();
    store.entries().remove(name);
    assertThatThrownBy(() -> recognise(store))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("there is no tensor '" + name + "'")
        .hasMessageContaining(kind)
        .hasMessageContaining("torch.jit.trace");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "attnpool.c_proj.weight",
        "layer1.0.se.fc1.weight",
        "layer1.0.se_module.fc1.weight",
        "layer1.0.conv2.fc1.weight",
        "layer1.0.convs.0.weight",
        "stage2.0.branches.0.0.conv1.weight"
      })
  void kindsWithOtherBlocksAreNone(String name) {
    MemoryStore store = new ResNetShapes(64, 7).basic(1, 1, 64).put(name, 1L).store();
    assertThat(new ResNetFamily().in(store, Beside.NOTHING)).isEmpty();
  }
}
