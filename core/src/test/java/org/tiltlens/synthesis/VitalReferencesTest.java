package org.tiltlens.synthesis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tiltlens.diffusion.NoiseSchedule;
import org.tiltlens.feature.CentralCrop;
import org.tiltlens.feature.SpatialReduction;
import org.tiltlens.feature.Unit;
import org.tiltlens.feature.UnitScore;
import org.tiltlens.fixture.RandomPipeline;
import org.tiltlens.torch.Autograd;
import org.tiltlens.torch.Noise;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;
import org.tiltlens.vision.HookPoint;

class VitalReferencesTest {
  private static final HookPoint FIRST = HookPoint.parse("stages.0.0.hook_resid_pre");

  private static RandomPipeline pipeline;

  @BeforeAll
  static void open() {
    pipeline = RandomPipeline.open(RandomPipeline.Size.SMALL, NoiseSchedule.linear(50));
  }

  @AfterAll
  static void close() {
    pipeline.close();
  }

  private static Tensor images(int count) {
    return Tensors.clamp(Tensors.scale(Noise.normal(5, 0, 0, count, 3, 32, 32), 0.5), -1, 1);
  }

  private static double loss(VitalReferences references, Tensor image) {
    return references.losses(pipeline.score(), Autograd.leaf(image)).item_double();
  }

  @Test
  void layersAreWhereTheStagesBeginAndTheUnitIs() {
    assertThat(VitalReferences.usualLayers(pipeline.score()))
        .containsExactly(
            new VitalReferences.Layer(FIRST, 0.1),
            new VitalReferences.Layer(HookPoint.parse("stages.1.0.hook_resid_pre"), 1),
            new VitalReferences.Layer(HookPoint.parse("stages.1.1.hook_resid_pre"), 1));
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void anImageMatchesItselfAndNoOther(boolean weighted) {
    try (Scope scope = Scope.open()) {
      Tensor two = images(2);
      List<VitalReferences.Layer> layers = VitalReferences.usualLayers(pipeline.score());
      try (VitalReferences references =
          VitalReferences.of(pipeline.score(), layers, weighted, two.narrow(0, 0, 1), 1)) {
        assertThat(loss(references, two.narrow(0, 0, 1))).isZero();
        assertThat(loss(references, two.narrow(0, 1, 1))).isGreaterThan(1e-6);
      }
    }
  }

  private static float[] sortedRows(float[] values, int rows) {
    int length = values.length / rows;
    for (int row = 0; row < rows; row++) {
      Arrays.sort(values, row * length, (row + 1) * length);
    }
    return values;
  }

  /** Without weights: the mean squared difference of the sorted values, averaged over images. */
  @Test
  void lossIsThatOfTheSortedActivations() {
    try (Scope scope = Scope.open()) {
      Tensor three = images(3);
      List<VitalReferences.Layer> layers = List.of(new VitalReferences.Layer(FIRST, 2));
      float[][] sorted = new float[3][];
      for (int i = 0; i < 3; i++) {
        Tensor map = pipeline.vision().activations(three.narrow(0, i, 1), FIRST);
        sorted[i] = sortedRows(Tensors.toFloats(map), (int) map.size(1));
      }
      double expected = 0;
      for (int i = 0; i < sorted[0].length; i++) {
        double off = sorted[2][i] - (sorted[0][i] + sorted[1][i]) / 2.0;
        expected += 2 * off * off / sorted[0].length;
      }
      try (VitalReferences references =
          VitalReferences.of(pipeline.score(), layers, false, three.narrow(0, 0, 2), 2)) {
        assertThat(loss(references, three.narrow(0, 2, 1))).isCloseTo(expected, within(1e-5));
      }
    }
  }

  @Test
  void layersBehindTheUnitAndNoLayersAreRefused() {
    try (Scope scope = Scope.open()) {
      VitalReferences.Layer behind = new VitalReferences.Layer(pipeline.hook(), 1);
      UnitScore early =
          new UnitScore(
              pipeline.vision(),
              FIRST,
              new Unit.Channel(0),
              new SpatialReduction.Mean(),
              new CentralCrop(1));
      assertThatThrownBy(() -> VitalReferences.of(early, List.of(behind), true, images(1), 1))
          .hasMessage(
              "'stages.1.1.hook_resid_pre' is not on the way to the unit at"
                  + " 'stages.0.0.hook_resid_pre'");
      assertThatThrownBy(() -> VitalReferences.of(early, List.of(), true, images(1), 1))
          .hasMessageContaining("at no layer");
      assertThatThrownBy(() -> VitalReferences.of(early, images(1).squeeze(0), 1))
          .hasMessageContaining("3x32x32");
    }
  }
}
