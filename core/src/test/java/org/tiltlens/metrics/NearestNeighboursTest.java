package org.tiltlens.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class NearestNeighboursTest {
  /** On a line: nearest neighbours at distance 1, 1, 2, 6; second ones at 3, 2, 3, 8. */
  private static final double[][] LINE = {{0}, {1}, {3}, {9}};

  @Test
  void ballsReachTheNeighbour() {
    assertThat(NearestNeighbours.of(LINE, 1).radii()).containsExactly(1, 1, 2, 6);
    assertThat(NearestNeighbours.of(LINE, 2).radii()).containsExactly(3, 2, 3, 8);
  }

  /** Balls of k = 1: [-1, 1], [0, 2], [1, 5], [3, 15]. */
  @Test
  void ballsHoldTheirSurface() {
    NearestNeighbours balls = NearestNeighbours.of(LINE, 1);
    double[][] others = {{-1.5}, {-1}, {1}, {4}, {15}, {15.1}};
    assertThat(balls.ballsAround(others)).containsExactly(0, 1, 3, 2, 1, 0);
    assertThat(balls.ballsThatHoldAny(others)).isEqualTo(4);
    assertThat(balls.ballsThatHoldAny(new double[][] {{1.5}, {-7}})).isEqualTo(2);
  }

  /** Drawn balls of k = 1: [-3, 1], [-1, 3] and [1, 41] hold all natural points. */
  @Test
  void precisionAndRecallByHand() {
    double[][] drawn = {{-1}, {1}, {21}};
    PrecisionRecall metrics =
        PrecisionRecall.of(NearestNeighbours.of(LINE, 1), NearestNeighbours.of(drawn, 1));
    assertThat(metrics.precision()).isCloseTo(2 / 3.0, within(1e-12));
    assertThat(metrics.recall()).isEqualTo(1);
    PrecisionRecall other =
        PrecisionRecall.of(NearestNeighbours.of(drawn, 1), NearestNeighbours.of(LINE, 1));
    assertThat(other.precision()).isEqualTo(metrics.recall());
    assertThat(other.recall()).isEqualTo(metrics.precision());
  }

  /** Of the natural balls, -1 is in one, 1 in three and 21 in none; three of four hold one. */
  @Test
  void densityAndCoverageByHand() {
    double[][] drawn = {{-1}, {1}, {21}};
    DensityCoverage metrics = DensityCoverage.of(NearestNeighbours.of(LINE, 1), drawn);
    assertThat(metrics.density()).isCloseTo(4 / 3.0, within(1e-12));
    assertThat(metrics.coverage()).isEqualTo(0.75);
  }

  @Test
  void setsAgainstThemselvesAndFarAway() {
    double[][] here = RandomRows.normal(30, 4, 1);
    double[][] there = RandomRows.normal(20, 4, 2);
    for (double[] row : there) {
      row[0] += 1000;
    }
    assertThat(PrecisionRecall.of(here, here)).isEqualTo(new PrecisionRecall(1, 1));
    assertThat(PrecisionRecall.of(here, there)).isEqualTo(new PrecisionRecall(0, 0));
    assertThat(DensityCoverage.of(here, here).coverage()).isEqualTo(1);
    assertThat(DensityCoverage.of(here, there)).isEqualTo(new DensityCoverage(0, 0));
  }

  /** Naeem et al. 2020, lemmas 1 and 2, over 20 pairs of sets of the same distribution. */
  @Test
  void samplesOfTheSameDistributionHaveTheirExpectedValues() {
    double density = 0;
    double coverage = 0;
    for (int run = 0; run < 20; run++) {
      DensityCoverage metrics =
          DensityCoverage.of(
              RandomRows.normal(150, 8, 2 * run), RandomRows.normal(100, 8, 2 * run + 1));
      density += metrics.density() / 20;
      coverage += metrics.coverage() / 20;
    }
    assertThat(density).isCloseTo(1, within(0.05));
    assertThat(coverage).isCloseTo(DensityCoverage.expectedCoverage(150, 100, 5), within(0.02));
  }

  /** With one natural vector more than k = 1 and one drawn: 1 - 1/2. */
  @Test
  void expectedCoverageByHand() {
    assertThat(DensityCoverage.expectedCoverage(2, 1, 1)).isEqualTo(0.5);
    assertThat(DensityCoverage.expectedCoverage(3, 2, 2)).isCloseTo(1 - 2 / 12.0, within(1e-12));
  }

  @Test
  void distancesInBlocksAreTheSame() {
    double[][] many = RandomRows.normal(2100, 1, 3); // 4.4 million distances
    double[] radii = NearestNeighbours.of(many, 1).radii();
    for (int i : new int[] {0, 1500, 2099}) {
      double nearest = Double.POSITIVE_INFINITY;
      for (int j = 0; j < many.length; j++) {
        nearest = j == i ? nearest : Math.min(nearest, Math.abs(many[i][0] - many[j][0]));
      }
      assertThat(radii[i]).isEqualTo(nearest);
    }
  }

  @Test
  void refusals() {
    assertThatThrownBy(() -> NearestNeighbours.of(LINE, 4))
        .hasMessage("4 feature vectors: at least 5 are needed");
    assertThatThrownBy(() -> NearestNeighbours.of(LINE, 0)).hasMessageContaining("at least 1");
    assertThatThrownBy(() -> NearestNeighbours.of(LINE, 1).ballsAround(new double[][] {{1, 2}}))
        .hasMessageContaining("2 and 1 dimensions");
    assertThatThrownBy(
            () -> PrecisionRecall.of(NearestNeighbours.of(LINE, 1), NearestNeighbours.of(LINE, 2)))
        .hasMessageContaining("1 and 2");
  }
}
