package org.tiltlens.feature;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.tiltlens.fixture.Pixels;
import org.tiltlens.golden.MemoryStore;
import org.tiltlens.torch.Autograd;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Noise;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;
import org.tiltlens.vision.HookPoint;
import org.tiltlens.vision.VisionModel;

class UnitScoreTest {
  private static final HookPoint AT = Pixels.AT;
  private static final SpatialReduction MAX = new SpatialReduction.Max();

  private final VisionModel pixels = new Pixels();
  private Scope scope;

  @BeforeEach
  void open() {
    scope = Scope.open();
  }

  @AfterEach
  void close() {
    scope.close();
  }

  /** Two features: the sum of the channels, and its negative. */
  private static SparseDictionary dictionary(int channels) {
    float[] encoder = new float[2 * channels];
    for (int i = 0; i < encoder.length; i++) {
      encoder[i] = i % 2 == 0 ? 1 : -1;
    }
    MemoryStore store =
        new MemoryStore()
            .put("W_E", encoder, (long) channels, 2L)
            .put("b_E", new float[2], 2L)
            .put("W_D", new float[2 * channels], 2L, (long) channels);
    return SparseDictionary.open(
        store,
        new DictionaryConfig(
            DictionaryConfig.Type.SAE,
            channels,
            DictionaryConfig.Activation.RELU,
            1,
            OptionalDouble.empty(),
            AT.toString(),
            AT.toString(),
            false,
            true,
            false,
            1,
            0),
        Device.CPU);
  }

  private UnitScore score(Unit unit) {
    return new UnitScore(pixels, AT, unit, MAX, CentralCrop.NONE);
  }

  private static Tensor images() {
    return Noise.normal(2, 0, 0, 2, 3, 4, 6);
  }

  @Test
  void channelsAndNeuronsAreReadWhereTheyAre() {
    Tensor channel = score(new Unit.Channel(1)).map(images());
    assertThat(Tensors.toFloats(channel)).isEqualTo(Tensors.toFloats(images().select(1, 1)));
    Tensor neuron = score(new Unit.Neuron(1, 3, 5)).map(images());
    assertThat(Tensors.shape(neuron)).containsExactly(2, 1, 1);
    assertThat(Tensors.toFloats(neuron))
        .isEqualTo(Tensors.toFloats(images().select(1, 1).select(1, 3).select(1, 5)));
  }

  @Test
  void featuresAreReadBeforeOrAfterTheirActivationFunction() {
    try (SparseDictionary dictionary = dictionary(3)) {
      Tensor dark = Tensors.full(-1, 1, 3, 2, 2);
      Unit before = Unit.parse("feature:0@pre", Optional.of(dictionary));
      Unit after = Unit.parse("feature:0", Optional.of(dictionary));
      assertThat(Tensors.toFloats(score(before).of(dark))).containsExactly(-3);
      assertThat(Tensors.toFloats(score(after).of(dark))).containsExactly(0);
    }
  }

  @Test
  void cropDecidesWhatCounts() {
    float[] values = new float[48];
    values[0] = 9;
    values[5] = 1;
    Tensor images = Tensors.floats(values, 1, 3, 4, 4);
    UnitScore whole = score(new Unit.Channel(0));
    UnitScore centre = new UnitScore(pixels, AT, new Unit.Channel(0), MAX, new CentralCrop(0.5));
    assertThat(Tensors.toFloats(whole.of(images))).containsExactly(9);
    assertThat(Tensors.toFloats(centre.of(images))).containsExactly(1);
    assertThat(Tensors.shape(centre.map(images))).containsExactly(1, 4, 4);
  }

  /** Resized as for the score, where the score asks for it. */
  @Test
  void scoresCanBeTakenOfActivations() {
    Tensor images = images();
    UnitScore small =
        new UnitScore(
            pixels, AT, new Unit.Channel(0), MAX, new CentralCrop(0.5), OptionalInt.of(2));
    for (UnitScore score : List.of(score(new Unit.Channel(1)), small)) {
      List<Tensor> activations = score.activations(images, List.of(AT, AT));
      assertThat(activations).hasSize(2);
      assertThat(Tensors.toFloats(score.ofActivations(activations.get(1))))
          .isEqualTo(Tensors.toFloats(score.of(images)));
    }
  }

  @Test
  void gradientsReachEachImageAlone() {
    Tensor leaf = Autograd.leaf(images());
    Tensor scores = score(new Unit.Channel(2)).of(leaf);
    assertThat(Tensors.shape(scores)).containsExactly(2);
    Tensor gradient = Autograd.gradient(scores.select(0, 1), leaf);
    assertThat(Tensors.toFloats(gradient.select(0, 0))).containsOnly(0);
    assertThat(Tensors.toDoubles(gradient.select(0, 1).sum())[0]).isEqualTo(1);
  }

  @Test
  void scoresOutsideAGraphRequireNoGradient() {
    assertThat(score(new Unit.Channel(2)).of(images()).requires_grad()).isFalse();
  }

  @Test
  void imagesAreResizedOnlyIfAsked() {
    // Stripes of one pixel: antialiasing averages them away, plain sampling would not.
    float[] stripes = new float[3 * 8 * 8];
    for (int i = 0; i < stripes.length; i++) {
      stripes[i] = i % 2 == 0 ? 1 : -1;
    }
    Tensor images = Autograd.leaf(Tensors.floats(stripes, 1, 3, 8, 8));
    UnitScore small =
        new UnitScore(
            pixels, AT, new Unit.Channel(0), MAX, new CentralCrop(0.5), OptionalInt.of(4));
    assertThat(Tensors.shape(small.map(images))).containsExactly(1, 4, 4);
    assertThat(Tensors.toDoubles(small.of(images))[0]).isCloseTo(0, within(1e-6));
    assertThat(Tensors.shape(Autograd.gradient(small.of(images).sum(), images)))
        .containsExactly(1, 3, 8, 8);
    assertThat(Tensors.toFloats(score(new Unit.Channel(0)).of(images))).containsExactly(1);
  }

  @Test
  void scheduledReductionsMoveWithTheRun() {
    Ramp ramp = new Ramp(0, 1, 0, Ramp.Shape.LINEAR);
    UnitScore score =
        new UnitScore(
            pixels, AT, new Unit.Channel(0), new SpatialReduction.Mix(ramp), CentralCrop.NONE);
    Tensor images = Tensors.floats(new float[] {0, 4, 0, 0, 0, 0}, 1, 3, 1, 2);
    assertThat(Tensors.toFloats(score.at(0).of(images))).containsExactly(2);
    assertThat(Tensors.toFloats(score.at(0.5).of(images))).containsExactly(3);
    assertThat(Tensors.toFloats(score.of(images))).containsExactly(4);
  }

  @Test
  void unitsThatDoNotExistAreRefusedWithTheirRange() {
    assertThatThrownBy(() -> score(new Unit.Channel(3)))
        .hasMessage("channel 3 does not exist: the hook point has channels 0..2");
    assertThatThrownBy(() -> score(new Unit.Neuron(0, 4, 0)).of(images()))
        .hasMessage("row 4 does not exist: the hook point has rows 0..3");
    assertThatThrownBy(() -> score(new Unit.Neuron(0, 0, 6)).of(images()))
        .hasMessage("column 6 does not exist: the hook point has columns 0..5");
    try (SparseDictionary dictionary = dictionary(3);
        SparseDictionary wide = dictionary(5)) {
      assertThatThrownBy(() -> Unit.parse("feature:2", Optional.of(dictionary)))
          .hasMessage("feature 2 does not exist: the dictionary has features 0..1");
      assertThatThrownBy(() -> score(Unit.parse("feature:0", Optional.of(wide))))
          .hasMessageContaining("reads 5 channels, but the hook point has 3");
    }
  }

  @Test
  void unitsPrintWhatTheyWereParsedFrom() {
    try (SparseDictionary dictionary = dictionary(3)) {
      for (String text : List.of("feature:1", "feature:1@pre", "channel:12", "neuron:12@3,4")) {
        assertThat(Unit.parse(text, Optional.of(dictionary))).hasToString(text);
      }
    }
    for (String text : List.of("", "feature", "feature:-1", "neuron:1", "channel:12@pre")) {
      assertThatThrownBy(() -> Unit.parse(text, Optional.empty()))
          .hasMessageContaining("'" + text + "'")
          .hasMessageContaining("feature:J@pre");
    }
    assertThatThrownBy(() -> Unit.parse("feature:1", Optional.empty()))
        .hasMessageContaining("needs a sparse dictionary");
  }
}
