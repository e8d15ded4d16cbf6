package org.tiltlens.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.tiltlens.tilting.LogWeights;

class ClassSharesTest {
  @Test
  void sharesOfImagesAndHowManyTheyAre() {
    ClassShares shares = ClassShares.of(4, 0, 2, 2, 3, 2);
    assertThat(shares.shares().get(1)).isZero();
    assertThat(shares.shares().get(2)).isCloseTo(0.6, within(1e-15));
    assertThat(shares.ess()).isCloseTo(5, within(1e-12));
  }

  @Test
  void weightsCountByTheirRatioAlone() {
    int[] labels = {0, 1, 1, 0};
    double twice = Math.log(2);
    for (double far : new double[] {0, 1e5, -1e5}) {
      ClassShares weighted =
          ClassShares.weighted(
              2, labels, LogWeights.of(far, far + twice, far, Double.NEGATIVE_INFINITY));
      assertThat(weighted.shares().get(0)).isCloseTo(0.25, within(1e-10));
      assertThat(weighted.shares().get(1)).isCloseTo(0.75, within(1e-10));
      assertThat(weighted.ess()).isCloseTo(16 / 6.0, within(1e-10));
    }
  }

  @Test
  void totalVariationIsTheShareThatWouldHaveToChange() {
    ClassShares a = ClassShares.known(0.5, 0.5, 0);
    assertThat(a.totalVariation(ClassShares.known(0.25, 0.5, 0.25))).isEqualTo(0.25);
    assertThat(a.totalVariation(a)).isZero();
    assertThat(a.totalVariation(ClassShares.known(0, 0, 1))).isEqualTo(1);
    assertThatThrownBy(() -> a.totalVariation(ClassShares.known(1, 0)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("shares of 3 and of 2 classes");
  }

  @Test
  void whatIsNoDistributionIsRefused() {
    assertThatThrownBy(() -> ClassShares.of(3)).hasMessageContaining("shares of no images");
    assertThatThrownBy(() -> ClassShares.of(3, 0, 3))
        .hasMessageContaining("image 1 is of class 3: there are 0..2");
    assertThatThrownBy(() -> ClassShares.of(3, -1)).hasMessageContaining("class -1");
    assertThatThrownBy(() -> ClassShares.weighted(2, new int[] {0, 1}, LogWeights.uniform(3)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("2 images with 3 weights: expected one each");
    assertThatThrownBy(() -> ClassShares.known(0.5, 0.4)).hasMessageContaining("sum to 1");
    assertThatThrownBy(() -> ClassShares.known(1.5, -0.5)).hasMessageContaining("at least 0");
    assertThatThrownBy(() -> new ClassShares(List.of(1.0), 0.5))
        .hasMessageContaining("0.5 effective images");
  }
}
