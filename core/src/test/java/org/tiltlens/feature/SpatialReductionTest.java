package org.tiltlens.feature;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.tiltlens.torch.Autograd;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

class SpatialReductionTest {
  private Scope scope;

  @BeforeEach
  void open() {
    scope = Scope.open();
  }

  @AfterEach
  void close() {
    scope.close();
  }

  private static double reduce(String reduction, float... row) {
    Tensor map = Tensors.floats(row, 1, 1, row.length);
    return Tensors.toDoubles(SpatialReduction.parse(reduction).of(map))[0];
  }

  @Test
  void reductionsOfARowAreAsDefined() {
    assertThat(reduce("max", -1, 2, -3)).isEqualTo(2);
    assertThat(reduce("max", -1, -2)).isEqualTo(-1);
    assertThat(reduce("mean", -1, 2, -3, 0)).isEqualTo(-0.5);
    assertThat(reduce("mix:0.75", -1, 2, -3, 0)).isCloseTo(1.5 + 0.25 * 0.5, within(1e-6));
    assertThat(reduce("lse:0.5", 1, -3)).isCloseTo(0.5 * Math.log(Math.exp(2) + 1), within(1e-6));
  }

  @Test
  void eachImageHasItsOwnNumber() {
    Tensor map = Tensors.floats(new float[] {1, 2, 3, 4, 5, 6, 7, 8}, 2, 2, 2);
    assertThat(Tensors.toFloats(new SpatialReduction.Max().of(map))).containsExactly(4, 8);
  }

  @Test
  void gradientsReachTheMap() {
    for (String reduction : new String[] {"max", "mean", "mix:0.7", "lse:0.2"}) {
      Tensor map = Autograd.leaf(Tensors.floats(new float[] {1, 2, 3, 4}, 1, 2, 2));
      Tensor gradient = Autograd.gradient(SpatialReduction.parse(reduction).of(map).sum(), map);
      // All four leave a common shift of a positive map unchanged in size.
      assertThat(Tensors.toDoubles(gradient.sum())[0]).as(reduction).isCloseTo(1, within(1e-5));
    }
  }

  @Test
  void rampedParametersMoveWithTheRun() {
    SpatialReduction mix = new SpatialReduction.Mix(new Ramp(0.25, 0.5, 0.5, Ramp.Shape.LINEAR));
    assertThat(mix.at(0.2)).isEqualTo(new SpatialReduction.Mix(0.25));
    assertThat(mix.at(0.75)).isEqualTo(new SpatialReduction.Mix(0.375));
    Tensor map = Tensors.floats(new float[] {0, 2}, 1, 1, 2);
    assertThat(Tensors.toFloats(mix.of(map))).containsExactly(1.5f);
    SpatialReduction lse = new SpatialReduction.LogSumExp(new Ramp(0.5, 0.1, 0, Ramp.Shape.LINEAR));
    assertThat(lse.at(0.5)).isEqualTo(new SpatialReduction.LogSumExp(0.3));
    assertThat(new SpatialReduction.Max().at(0.5)).isEqualTo(new SpatialReduction.Max());
  }

  @Test
  void printsWhatItWasParsedFrom() {
    for (String text : new String[] {"max", "mean", "mix:0.7", "lse:0.2"}) {
      assertThat(SpatialReduction.parse(text)).hasToString(text);
    }
  }

  @Test
  void otherTextsAndRangesAreRefused() {
    for (String text : new String[] {"", "median", "mix", "mix:x", "max:1", "lse:"}) {
      assertThatThrownBy(() -> SpatialReduction.parse(text))
          .hasMessageContaining("'" + text + "'")
          .hasMessageContaining("mix:0.7");
    }
    assertThatThrownBy(() -> SpatialReduction.parse("mix:1.1")).hasMessageContaining("[0, 1]");
    assertThatThrownBy(() -> SpatialReduction.parse("lse:0")).hasMessageContaining("above 0");
    assertThatThrownBy(() -> SpatialReduction.parse("lse:NaN")).hasMessageContaining("finite");
  }

  @Test
  void cropsRoundHalvesToEvenAndKeepAtLeastOne() {
    assertCrop(0.5, 5, 1, 2);
    assertCrop(0.5, 7, 1, 4);
    assertCrop(0.5, 4, 1, 2);
    assertCrop(0.01, 6, 2, 1);
    assertCrop(1, 6, 0, 6);
  }

  private static void assertCrop(double fraction, int side, int offset, int crop) {
    float[] row = new float[side];
    for (int i = 0; i < side; i++) {
      row[i] = i;
    }
    float[] expected = new float[crop];
    for (int i = 0; i < crop; i++) {
      expected[i] = offset + i;
    }
    Tensor map = Tensors.floats(row, 1, 1, side);
    assertThat(Tensors.toFloats(new CentralCrop(fraction).of(map))).containsExactly(expected);
    assertThat(Tensors.toFloats(new CentralCrop(fraction).of(map.transpose(1, 2))))
        .containsExactly(expected);
  }

  @Test
  void emptyAndOversizedCropsAreRefused() {
    for (double fraction : new double[] {0, -1, 1.01, Double.NaN}) {
      assertThatThrownBy(() -> new CentralCrop(fraction)).hasMessageContaining("above 0");
    }
  }
}
