package org.tiltlens.quality;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.checkpoint.TensorInfo;
import org.tiltlens.golden.MemoryStore;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/** Networks whose numbers are known in closed form; PyTorch's are in {@link QualiClipTest}. */
@Tag("rounding")
class ClipResNetTest {
  private Scope scope;

  @BeforeEach
  void open() {
    scope = Scope.open();
  }

  @AfterEach
  void close() {
    scope.close();
  }

  private static double[] vector(ClipNumbers numbers, Tensor image) {
    try (ClipResNet network = ClipResNet.open(numbers.store(), "visual.", Device.CPU)) {
      return Tensors.toDoubles(network.vectors(image));
    }
  }

  /** An image with a red of {@code normalised(row, column)} after CLIP's normalisation. */
  private static Tensor red(int height, int width, Red normalised) {
    float[] values = new float[3 * height * width];
    for (int i = 0; i < height; i++) {
      for (int j = 0; j < width; j++) {
        double level = 0.48145466 + 0.26862954 * normalised.at(i, j);
        values[i * width + j] = (float) (2 * level - 1);
      }
    }
    return Tensors.floats(values, 1, 3, height, width);
  }

  private interface Red {
    double at(int row, int column);
  }

  private static double pattern(int row, int column) {
    return 0.1 + 0.9 * ((7 * row + 3 * column + row * column) % 11) / 11.0;
  }

  /**
   * The stem's first convolution takes every second pixel; all later halvings are averages, on
   * either way through a block. A layer that strode would show one pixel alone.
   */
  @ParameterizedTest
  @CsvSource({"true, 32", "false, 32", "true, 31", "false, 31"})
  void halvesByAverages(boolean beside, int side) {
    ClipNumbers numbers =
        new ClipNumbers()
            .passingStem()
            .passingBlocks(beside)
            .with("attnpool.v_proj.weight", 0, 1)
            .with("attnpool.c_proj.weight", 0, 3)
            .with("attnpool.c_proj.bias", 0, 0.5)
            .with("attnpool.c_proj.bias", 1, -2);
    double mean = 0;
    for (int i = 0; i < 32; i += 2) {
      for (int j = 0; j < 32; j += 2) {
        mean += pattern(i, j) / 256;
      }
    }
    double[] vector = vector(numbers, red(side, side, ClipResNetTest::pattern));
    assertThat(vector[0]).isCloseTo(3 * mean + 0.5, within(1e-6));
    assertThat(vector[1]).isEqualTo(-2);
  }

  /** {@code gamma (x - mean) / sqrt(var + 1e-5) + beta}, at a variance that shows the 1e-5. */
  @Test
  void normsAreFoldedIntoConvolutions() {
    ClipNumbers numbers =
        new ClipNumbers()
            .passingStem()
            .passingBlocks(true)
            .normed("layer4.0.downsample.1", 0.02, 0.3, -0.1, 1e-5)
            .with("attnpool.v_proj.weight", 0, 1)
            .with("attnpool.c_proj.weight", 0, 1);
    double[] vector = vector(numbers, red(32, 32, (i, j) -> 0.25));
    assertThat(vector[0]).isCloseTo(0.02 * (0.25 + 0.1) / Math.sqrt(2e-5) + 0.3, within(1e-5));
  }

  /**
   * The query is the mean's alone, here 1 in its first channel; the keys are 8 t times the
   * positions a and b and their mean m, which dividing by the root of 64 makes t times them.
   */
  @Test
  void poolsByAttentionOfTheMean() {
    double t = 2.5;
    double a = 0.2;
    double b = 1.4;
    double m = (a + b) / 2;
    ClipNumbers numbers =
        new ClipNumbers()
            .passingStem()
            .passingBlocks(true)
            .with("attnpool.q_proj.weight", 0, 1 / m)
            .with("attnpool.k_proj.weight", 0, 8 * t)
            .with("attnpool.v_proj.weight", 0, 1)
            .with("attnpool.c_proj.weight", 0, 1);
    double[] vector = vector(numbers, red(64, 32, (i, j) -> i < 32 ? a : b));
    double whole = Math.exp(t * m) + Math.exp(t * a) + Math.exp(t * b);
    double seen = (m * Math.exp(t * m) + a * Math.exp(t * a) + b * Math.exp(t * b)) / whole;
    assertThat(vector[0]).isCloseTo(seen, within(1e-5));
  }

  @Test
  void positionsAreNotEmbedded() {
    MemoryStore store = new ClipNumbers().store();
    store.putRandom("visual.attnpool.positional_embedding", "positions", List.of(50L, 64L));
    store.putRandom("visual.bn1.num_batches_tracked", "batches", List.of());
    store.putRandom("transformer.resblocks.0.ln_1.weight", "text", List.of(3L));
    try (ClipResNet network = ClipResNet.open(store, "visual.", Device.CPU)) {
      assertThat(network.config()).isEqualTo(ClipNumbers.CONFIG);
      assertThat(store.read())
          .allMatch(
              ClipNumbers.CONFIG.shapes().keySet().stream().map(name -> "visual." + name).toList()
                  ::contains);
    }
  }

  private static MemoryStore without(String name) {
    MemoryStore store = new ClipNumbers().store();
    store.entries().remove(name);
    return store;
  }

  @ParameterizedTest
  @ValueSource(strings = {"visual.bn2.running_var", "visual.layer3.0.downsample.0.weight"})
  void whatIsMissingIsNamed(String name) {
    assertThatThrownBy(() -> ClipResNet.open(without(name), "visual.", Device.CPU))
        .isInstanceOf(CheckpointException.class)
        .hasMessage("memory does not fit the network: 1 missing: " + name);
  }

  @Test
  void aMissingLayerIsNamed() {
    assertThatThrownBy(
            () -> ClipResNet.open(without("visual.layer2.0.conv1.weight"), "visual.", Device.CPU))
        .isInstanceOf(CheckpointException.class)
        .hasMessage(
            "memory: there is no tensor 'visual.layer2.0.conv1.weight': expected four layers of at"
                + " least one block");
  }

  /** 96 = 32 x 3 channels: an odd width. */
  @ParameterizedTest
  @ValueSource(strings = {"2,96", "2,65", "2,0", "0,64", "2", "70000,64", "2,64,1"})
  void oddShapesAreNamed(String shape) {
    MemoryStore store = new ClipNumbers().store();
    List<Long> sizes = List.of(shape.split(",")).stream().map(Long::valueOf).toList();
    String name = "visual." + ClipResNetConfig.MARKER;
    TensorInfo was = store.entries().get(name);
    store.entries().put(name, new TensorInfo(name, was.dtype(), sizes));
    assertThatThrownBy(() -> ClipResNet.open(store, "visual.", Device.CPU))
        .isInstanceOf(CheckpointException.class)
        .hasMessage(
            "memory: tensor '%s' is %s, expected D x 32 W of a network of even width W"
                .formatted(name, sizes));
  }

  @Test
  void anotherShapeInsideIsNamed() {
    MemoryStore store = new ClipNumbers().store();
    store.put("visual.conv3.weight", new float[3 * 9], 3L, 1L, 3L, 3L);
    assertThatThrownBy(() -> ClipResNet.open(store, "visual.", Device.CPU))
        .isInstanceOf(CheckpointException.class)
        .hasMessage(
            "memory does not fit the network: 1 of another shape: visual.conv3.weight is"
                + " [3, 1, 3, 3], needs [2, 1, 3, 3]");
  }
}
