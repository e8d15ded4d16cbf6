package org.tiltlens.vision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.tiltlens.golden.Goldens.assertClose;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.golden.MemoryStore;
import org.tiltlens.torch.Autograd;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Noise;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;
import org.tiltlens.torch.Warp;

@Tag("rounding")
class ConvNextTest {
  private static final ConvNextConfig SMALL = new ConvNextConfig(List.of(1, 2), List.of(4, 6));
  private static final HookPoint EARLY = HookPoint.parse("stages.1.0.hook_resid_pre");

  private Scope scope;

  @BeforeEach
  void open() {
    scope = Scope.open();
  }

  @AfterEach
  void close() {
    scope.close();
  }

  /** A random network whose numbers do not depend on the prefix. */
  private static MemoryStore store(String prefix, Predicate<String> kept) {
    return add(new MemoryStore(), prefix, kept);
  }

  private static MemoryStore add(MemoryStore store, String prefix, Predicate<String> kept) {
    ConvNext.shapes(SMALL)
        .forEach(
            (name, shape) -> {
              if (kept.test(name)) {
                store.putRandom(prefix + name, name, shape);
              }
            });
    return store;
  }

  private static ConvNext open(MemoryStore store, Optional<HookPoint> last) {
    return ConvNext.open(store, Device.CPU, Normalisation.IMAGENET, last);
  }

  private static ConvNext small() {
    return open(store("", name -> true), Optional.empty());
  }

  private static Tensor images() {
    return Tensors.scale(Noise.normal(1, 0, 0, 2, 3, 16, 24), 0.5);
  }

  @Test
  void weightsBehindTheLastHookPointAreNotTouched() {
    MemoryStore store = store("", name -> true);
    try (ConvNext part = open(store, Optional.of(EARLY));
        ConvNext whole = small()) {
      assertThat(store.read())
          .contains("stages.0.0.gamma", "downsample_layers.1.1.weight")
          .noneMatch(name -> name.startsWith("stages.1.") || name.startsWith("norm."));
      assertClose(part.activations(images(), EARLY), whole.activations(images(), EARLY), 0, "part");
    }
  }

  @Test
  void weightsBehindTheLastHookPointMayBeMissing() {
    HookPoint last = HookPoint.parse("stages.1.0.hook_block_out");
    MemoryStore store =
        store("", name -> !name.startsWith("norm.") && !name.startsWith("stages.1.1."));
    try (ConvNext part = open(store, Optional.of(last));
        ConvNext whole = small()) {
      assertClose(part.activations(images(), last), whole.activations(images(), last), 0, "part");
      assertThatThrownBy(() -> part.tokens(images())).hasMessageContaining(last.toString());
    }
    assertThatThrownBy(() -> open(store, Optional.empty()))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("norm.weight");
  }

  @Test
  void hookPointsBehindTheLastOneAreRefused() {
    try (ConvNext part = open(store("", name -> true), Optional.of(EARLY))) {
      assertThat(part.hookPoints()).last().isEqualTo(EARLY);
      assertThatThrownBy(
              () -> part.activations(images(), HookPoint.parse("stages.1.0.hook_resid_post")))
          .hasMessage(
              "hook point 'stages.1.0.hook_resid_post' is not loaded: this network was opened up"
                  + " to stages.1.0.hook_resid_pre");
    }
  }

  @Test
  void onePassReadsWhatEachHookPointAloneDoes() {
    try (ConvNext model = small()) {
      List<HookPoint> all = new ArrayList<>(model.hookPoints());
      Collections.reverse(all);
      all.add(all.get(3)); // Twice, too.
      Tensor images = Autograd.leaf(images());
      List<Tensor> together = model.activations(images, all);
      for (int i = 0; i < all.size(); i++) {
        Tensor alone = model.activations(images, all.get(i));
        String name = all.get(i).toString();
        assertClose(together.get(i), alone, 0, name);
        Tensor gradient = Autograd.gradientsOnTheWay(together.get(i).sum(), List.of(images)).get(0);
        assertClose(gradient, Autograd.gradient(alone.sum(), images), 0, name + " gradient");
      }
      assertThat(model.activations(images, List.of())).isEmpty();
    }
  }

  @Test
  void residualStreamGainsWhatTheBlockAdds() {
    try (ConvNext model = small()) {
      for (String block : List.of("stages.0.0.", "stages.1.0.", "stages.1.1.")) {
        Tensor pre = model.activations(images(), HookPoint.parse(block + "resid_pre"));
        Tensor out = model.activations(images(), HookPoint.parse(block + "block_out"));
        Tensor post = model.activations(images(), HookPoint.parse(block + "resid_post"));
        Tensor conv = model.activations(images(), HookPoint.parse(block + "conv_out"));
        assertClose(post, pre.add(out), 0, block);
        assertThat(Tensors.shape(conv)).isEqualTo(Tensors.shape(pre));
        assertThat(Tensors.toFloats(conv)).isNotEqualTo(Tensors.toFloats(out));
      }
    }
  }

  @Test
  void everyListedHookPointExists() {
    try (ConvNext model = small()) {
      assertThat(model.hookPoints()).hasSize(3 * 4);
      for (HookPoint at : model.hookPoints()) {
        assertThat(model.activations(images(), model.require(at)).size(1))
            .isEqualTo(model.channels(at));
      }
    }
  }

  @Test
  void missingHookPointsSayWhatThereIs() {
    try (ConvNext model = small()) {
      assertThatThrownBy(() -> model.require(HookPoint.parse("stages.1.40.hook_resid_pre")))
          .hasMessage(
              "hook point 'stages.1.40.hook_resid_pre' does not exist: stage 1 has blocks 0..1");
      assertThatThrownBy(() -> model.channels(HookPoint.parse("stages.2.0.hook_resid_pre")))
          .hasMessageEndingWith("there are stages 0..1");
      assertThatThrownBy(() -> model.require(HookPoint.parse("blocks.3.hook_resid_pre")))
          .hasMessageContaining("stages.<stage>.<block>");
    }
  }

  @Test
  void gradientsReachTheImagesOfTheirOwnSampleOnly() {
    try (ConvNext model = small()) {
      Tensor leaf = Autograd.leaf(images());
      Tensor first = model.activations(leaf, EARLY).select(0, 0).sum();
      Tensor gradient = Autograd.gradient(first, leaf);
      assertThat(Tensors.toDoubles(gradient.select(0, 0).abs().sum())[0]).isPositive();
      assertThat(Tensors.toFloats(gradient.select(0, 1))).containsOnly(0);
    }
  }

  @Test
  void imagesOfAnotherShapeAreRefused() {
    try (ConvNext model = small()) {
      assertThatThrownBy(() -> model.activations(Tensors.zeros(1, 3, 7, 64), EARLY))
          .hasMessageContaining("1x3x7x64")
          .hasMessageContaining("at least 8");
      assertThatThrownBy(() -> model.activations(Tensors.zeros(3, 16, 16), EARLY))
          .hasMessageContaining("Nx3xHxW");
    }
  }

  @Test
  void smallImagesReachTheStagesTheyFill() {
    try (ConvNext model = small()) {
      Tensor images = Tensors.zeros(1, 3, 4, 7);
      HookPoint stem = HookPoint.parse("stages.0.0.hook_resid_pre");
      assertThat(Tensors.shape(model.activations(images, stem)))
          .containsExactly(1, model.channels(stem), 1, 1);
      assertThatThrownBy(() -> model.activations(images, EARLY)).hasMessageContaining("at least 8");
      assertThatThrownBy(() -> model.tokens(images)).hasMessageContaining("at least 8");
    }
  }

  @Test
  void imagenetNormalisationTakesMinusOneToOne() {
    // Black and white become (0 - mean) / std and (1 - mean) / std.
    Tensor images = Tensors.floats(new float[] {-1, 1, -1, 1, -1, 1}, 1, 3, 1, 2);
    double[] y = Tensors.toDoubles(Normalisation.IMAGENET.apply(images, Device.CPU));
    double[] mean = {0.485, 0.456, 0.406};
    double[] std = {0.229, 0.224, 0.225};
    for (int c = 0; c < 3; c++) {
      assertThat(y[2 * c]).isCloseTo(-mean[c] / std[c], within(1e-5));
      assertThat(y[2 * c + 1]).isCloseTo((1 - mean[c]) / std[c], within(1e-5));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"model.", "teacher.backbone.", ""})
  void wrappersPrefixesAreUnderstood(String prefix) {
    MemoryStore store = store(prefix, name -> true);
    try (ConvNext model = open(store, Optional.empty());
        ConvNext bare = small()) {
      assertClose(model.activations(images(), EARLY), bare.activations(images(), EARLY), 0, prefix);
    }
  }

  @Test
  void teacherWinsAndOtherPairsAreAmbiguous() {
    MemoryStore pair = add(store("student.", name -> true), "teacher.", name -> true);
    MemoryStore twins = add(store("a.", name -> true), "b.", name -> true);
    assertThat(ConvNextNames.in(pair)).map(ConvNextNames::prefix).contains("teacher.");
    assertThatThrownBy(() -> ConvNextNames.in(twins))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("'a.', 'b.'");
  }

  @Test
  void otherCheckpointsAreNotRecognised() {
    assertThat(ConvNextConfig.recognise(new MemoryStore())).isEmpty();
    assertThatThrownBy(() -> open(new MemoryStore(), Optional.empty()))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("memory holds no ConvNeXt");
  }

  @Test
  void publishedSizesAreNamed() {
    ConvNextConfig large = new ConvNextConfig(List.of(3, 3, 27, 3), List.of(192, 384, 768, 1536));
    assertThat(large.describe(ConvNextOrigin.DINOV3))
        .isEqualTo("DINOv3 ConvNeXt-large, depths 3,3,27,3, channels 192,384,768,1536");
    assertThat(SMALL.describe(ConvNextOrigin.UNKNOWN))
        .isEqualTo("ConvNeXt (DINOv3's or supervised: same names), depths 1,2, channels 4,6");
  }

  @Test
  void imagesMovedByTheStrideAreSeenAsBeforeElsewhere() {
    HookPoint first = HookPoint.parse("stages.0.0.hook_resid_pre");
    try (ConvNext model = small()) {
      int stride = model.stride();
      Tensor map = model.activations(images(), first);
      Tensor moved = model.activations(Warp.roll(images(), stride, 0), first);
      assertClose(moved, Warp.roll(map, 1, 0), 1e-6, "rolled by %d pixels".formatted(stride));
      Tensor between = model.activations(Warp.roll(images(), stride - 1, 0), first);
      assertThat(between.sub(Warp.roll(map, 1, 0)).abs().max().item_double()).isGreaterThan(0.01);
    }
  }
}
