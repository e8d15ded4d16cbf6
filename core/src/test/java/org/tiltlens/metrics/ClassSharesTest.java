package org.tiltlens.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;

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
    ClassShares weighted = ClassShares.weighted(2, labels, new double[] {1, 2, 1, 0});
    assertThat(weighted.shares()).containsExactly(0.25, 0.75);
    assertThat(weighted.ess()).isCloseTo(16 / 6.0, within(1e-12));
    assertThat(ClassShares.weighted(2, labels, new double[] {1e300, 2e300, 1e300, 0}).shares())
        .isEqualTo(weighted.shares());
    assertThat(ClassShares.weighted(2, labels, new double[] {1e-300, 2e-300, 1e-300, 0}).ess())
        .isCloseTo(16 / 6.0, within(1e-12));
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
    assertThatThrownBy(() -> ClassShares.of(3)).hasMessageContaining("0 images with 0 weights");
    assertThatThrownBy(() -> ClassShares.of(3, 0, 3))
        .hasMessageContaining("image 1 is of class 3: there are 0..2");
    assertThatThrownBy(() -> ClassShares.of(3, -1)).hasMessageContaining("class -1");
    for (double[] weights :
        List.of(
            new double[] {0, 0},
            new double[] {1, -1},
            new double[] {1, Double.NaN},
            new double[] {1, Double.POSITIVE_INFINITY})) {
      assertThatThrownBy(() -> ClassShares.weighted(2, new int[] {0, 1}, weights))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("expected finite numbers of at least 0");
    }
    assertThatThrownBy(() -> ClassShares.known(0.5, 0.4)).hasMessageContaining("sum to 1");
    assertThatThrownBy(() -> ClassShares.known(1.5, -0.5)).hasMessageContaining("at least 0");
    assertThatThrownBy(() -> new ClassShares(List.of(1.0), 0.5))
        .hasMessageContaining("0.5 effective images");
  }
}
