package org.tiltlens.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DiversityTest {
  /** Sides 3, 4 and 5. */
  @Test
  void euclideanDistanceOfATriangle() {
    double[][] triangle = {{0, 0}, {3, 0}, {0, 4}};
    assertThat(Diversity.euclidean(triangle)).isCloseTo(4, within(1e-12));
  }

  /** Angles of 90, 180 and 90 degrees: 1 - cos is 1, 2 and 1, whatever the lengths. */
  @Test
  void cosineDistanceOfAFan() {
    double[][] fan = {{2, 0}, {0, 1e-200}, {-7e200, 0}};
    assertThat(Diversity.cosine(fan)).isCloseTo(4 / 3.0, within(1e-12));
    assertThat(VendiScore.of(fan)).isCloseTo(3 / Math.cbrt(4), within(1e-12));
  }

  @Test
  void vectorsOfOneDirectionAreOneKind() {
    double[][] same = {{1, 2, 3}, {2, 4, 6}, {0.1, 0.2, 0.3}, {1, 2, 3}};
    assertThat(Diversity.cosine(same)).isCloseTo(0, within(1e-12));
    assertThat(VendiScore.of(same)).isCloseTo(1, within(1e-12));
    assertThat(VendiScore.of(new double[][] {{5, 1}})).isCloseTo(1, within(1e-12));
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 5, 9})
  void orthogonalVectorsAreAllDifferent(int n) {
    double[][] axes = new double[n][12];
    for (int i = 0; i < n; i++) {
      axes[i][i] = i + 1;
    }
    assertThat(VendiScore.of(axes)).isCloseTo(n, within(1e-9));
    assertThat(Diversity.cosine(axes)).isCloseTo(1, within(1e-12));
  }

  /** Two vectors at an angle: eigenvalues (1 +- cos) / 2. */
  @Test
  void vendiScoreOfAnAngle() {
    double cos = 0.6;
    double[][] pair = {{1, 0}, {3, 4}};
    double high = (1 + cos) / 2;
    double low = (1 - cos) / 2;
    assertThat(VendiScore.of(pair))
        .isCloseTo(Math.exp(-high * Math.log(high) - low * Math.log(low)), within(1e-12));
  }

  /** More vectors than features: 8 copies of 3 axes are 3 kinds. */
  @Test
  void copiesAddNoKind() {
    double[][] copies = new double[24][3];
    for (int i = 0; i < copies.length; i++) {
      copies[i][i % 3] = 1;
    }
    assertThat(VendiScore.of(copies)).isCloseTo(3, within(1e-9));
  }

  @Test
  void refusals() {
    double[][] zero = {{1, 1}, {0, 0}};
    assertThatThrownBy(() -> VendiScore.of(zero)).hasMessageContaining("feature vector 1 is 0");
    assertThatThrownBy(() -> Diversity.cosine(zero)).hasMessageContaining("feature vector 1 is 0");
    assertThatThrownBy(() -> Diversity.euclidean(new double[][] {{1}}))
        .hasMessage("1 feature vectors: at least 2 are needed");
    assertThatThrownBy(() -> VendiScore.of(new double[0][])).hasMessageContaining("at least 1");
  }
}
