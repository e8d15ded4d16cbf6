package org.tiltlens.feature;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class RampTest {
  @Test
  void holdsAndThenMoves() {
    Ramp linear = new Ramp(0.25, 0.5, 0.5, Ramp.Shape.LINEAR);
    assertThat(linear.value(0)).isEqualTo(0.25);
    assertThat(linear.value(0.5)).isEqualTo(0.25);
    assertThat(linear.value(0.75)).isEqualTo(0.375);
    assertThat(linear.value(1)).isEqualTo(0.5);
  }

  @Test
  void exponentialRampsHaveTheGeometricMeanHalfway() {
    Ramp scale = new Ramp(1, 0.5, 0.2, Ramp.Shape.EXPONENTIAL);
    assertThat(scale.value(0.2)).isEqualTo(1);
    assertThat(scale.value(0.6)).isCloseTo(Math.sqrt(0.5), within(1e-12));
    assertThat(scale.value(1)).isCloseTo(0.5, within(1e-12));
  }

  @Test
  void constantsStay() {
    assertThat(Ramp.constant(-3).value(0.9)).isEqualTo(-3);
    assertThat(Ramp.constant(-3)).hasToString("-3.0");
  }

  @Test
  void impossibleRampsAreRefused() {
    assertThatThrownBy(() -> new Ramp(0, 1, 0, Ramp.Shape.EXPONENTIAL))
        .hasMessageContaining("above 0");
    assertThatThrownBy(() -> new Ramp(0, 1, 1, Ramp.Shape.LINEAR)).hasMessageContaining("[0, 1)");
    assertThatThrownBy(() -> new Ramp(0, Double.NaN, 0, Ramp.Shape.LINEAR))
        .hasMessageContaining("finite");
    assertThatThrownBy(() -> Ramp.constant(1).value(1.5)).hasMessageContaining("progress 1.5");
  }
}
