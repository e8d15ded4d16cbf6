package org.tiltlens.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class RankCorrelationTest {
  @Test
  void equalNumbersShareTheMeanOfTheirRanks() {
    assertThat(RankCorrelation.ranks(3, 1, 3, 2)).containsExactly(3.5, 1, 3.5, 2);
  }

  @Test
  void anyRiseIsOneAndAnyFallMinusOne() {
    double[] x = {-3, 0, 1, 2, 7};
    assertThat(RankCorrelation.of(x, Arrays.stream(x).map(Math::exp).toArray()))
        .isCloseTo(1, within(1e-12));
    assertThat(RankCorrelation.of(x, Arrays.stream(x).map(v -> -v * v * v).toArray()))
        .isCloseTo(-1, within(1e-12));
  }

  @Test
  void isOneMinusTheSquaredDifferencesOfRanks() {
    // 1 - 6 sum d^2 / (n (n^2 - 1)) without ties: d = 1, 1, 0, 1, 1.
    double[] x = {1, 2, 3, 4, 5};
    double[] y = {20, 10, 30, 50, 40};
    assertThat(RankCorrelation.of(x, y)).isCloseTo(1 - 6 * 4 / 120.0, within(1e-12));
  }

  @Test
  void numbersThatAreAllEqualAreRefused() {
    assertThatThrownBy(() -> RankCorrelation.of(new double[] {1, 1}, new double[] {1, 2}))
        .hasMessageContaining("all equal");
  }
}
