package org.tiltlens.measuring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.tiltlens.feature.CentralCrop;
import org.tiltlens.feature.SpatialReduction;
import org.tiltlens.feature.Unit;
import org.tiltlens.feature.UnitScore;
import org.tiltlens.fixture.Pixels;
import org.tiltlens.tilting.ScoreSample;
import org.tiltlens.torch.Noise;
import org.tiltlens.torch.NotFiniteException;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

class ImageMeasureTest {
  private final Pixels pixels = new Pixels();

  private static MeasuredUnit unknown(UnitScore score) {
    return new MeasuredUnit(score, Optional.empty());
  }

  @Test
  void allOfAnImageComesFromOnePass() {
    List<UnitScore> scores =
        List.of(
            pixels.mean(0, Pixels.NEGATED), pixels.mean(2, Pixels.AT), pixels.mean(0, Pixels.AT));
    try (Scope scope = Scope.open()) {
      Tensor image = Noise.normal(1, 0, 0, 1, 3, 5, 6);
      ImageMeasure.Read read =
          new ImageMeasure(scores.stream().map(ImageMeasureTest::unknown).toList()).of(image);
      assertThat(pixels.passes()).isEqualTo(1);
      for (int k = 0; k < scores.size(); k++) {
        UnitReading reading = read.images().get(0).get(k);
        assertThat(reading.score()).isEqualTo(scores.get(k).of(image).item_double());
        assertThat(reading.map()).isDeepEqualTo(Tensors.rows(scores.get(k).map(image).squeeze(0)));
        assertThat(reading.scoreAfterActivation()).isNull();
        assertThat(reading.percentile()).isNull();
      }
      assertThat(Tensors.toDoubles(read.activations().get(0)))
          .containsExactly(Tensors.toDoubles(image.neg()));
    }
  }

  @Test
  void aBatchIsReadInOnePassToo() {
    UnitScore score = pixels.mean(1, Pixels.AT);
    try (Scope scope = Scope.open()) {
      Tensor images = Noise.normal(1, 0, 0, 3, 3, 4, 4);
      ImageMeasure.Read read = ImageMeasure.of(score, Optional.empty()).of(images);
      assertThat(pixels.passes()).isEqualTo(1);
      assertThat(read.images().stream().map(units -> units.get(0).score()).toList())
          .containsExactly(
              Arrays.stream(Tensors.toDoubles(score.of(images))).boxed().toArray(Double[]::new));
    }
  }

  @Test
  void percentilesAreAmongTheCorpus() {
    ScoreSample corpus = ScoreSample.of(-2, -1, 1, 2);
    try (Scope scope = Scope.open()) {
      Tensor grey = Tensors.zeros(1, 3, 4, 4);
      UnitReading reading =
          ImageMeasure.of(pixels.mean(1, Pixels.AT), Optional.of(corpus)).of(grey).only();
      assertThat(reading.percentile()).isEqualTo(corpus.percentileOf(0)).isEqualTo(50);
    }
  }

  @Test
  void theMapOfAPlaceIsWhole() {
    UnitScore placed =
        new UnitScore(
            pixels,
            Pixels.AT,
            new Unit.Placed(new Unit.Channel(1), 2, 3),
            new SpatialReduction.Mean(),
            CentralCrop.NONE);
    try (Scope scope = Scope.open()) {
      Tensor image = Noise.normal(1, 0, 0, 1, 3, 4, 5);
      UnitReading reading = ImageMeasure.of(placed, Optional.empty()).of(image).only();
      assertThat(reading.map()).hasDimensions(4, 5);
      assertThat(reading.map())
          .isDeepEqualTo(Tensors.rows(pixels.mean(1, Pixels.AT).map(image).squeeze(0)));
      assertThat(reading.score()).isEqualTo(placed.of(image).item_double());
    }
  }

  @Test
  void whatIsNotFiniteIsNamed() {
    try (Scope scope = Scope.open()) {
      Tensor spoilt = Tensors.full(Double.NaN, 1, 3, 4, 4);
      ImageMeasure measure = ImageMeasure.of(pixels.mean(1, Pixels.AT), Optional.empty());
      assertThatThrownBy(() -> measure.of(spoilt)).isInstanceOf(NotFiniteException.class);
    }
  }
}
