package org.tiltlens.tilting;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class TemperingTest {
  /** Two scores, 0 and 1: ESS = (1 + w)^2 / (1 + w^2), which is 1.6 at w = 3 and at w = 1 / 3. */
  @Test
  void leavesTheShareThatWasAskedFor() {
    double[] scores = {0, 1};
    assertThat(Tempering.step(scores, 0.8, 50)).isCloseTo(Math.log(3), within(1e-12));
    assertThat(Tempering.step(scores, 0.8, Double.POSITIVE_INFINITY))
        .isCloseTo(Math.log(3), within(1e-12));
    assertThat(Tempering.step(scores, 0.8, -50)).isCloseTo(-Math.log(3), within(1e-12));
  }

  @Test
  void goesNoFartherThanWanted() {
    assertThat(Tempering.step(new double[] {0, 1}, 0.8, 0.5)).isEqualTo(0.5);
    assertThat(Tempering.step(new double[] {0, 1}, 0.8, 0)).isZero();
    assertThat(Tempering.step(new double[] {2, 2}, 0.8, 7)).isEqualTo(7);
  }

  @Test
  void scoresThatAreAllOneLeadNowhere() {
    assertThatThrownBy(() -> Tempering.step(new double[] {2, 2}, 0.8, Double.POSITIVE_INFINITY))
        .hasMessageContaining("no tilt tells them apart");
  }
}
