package org.tiltlens.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class TrainingSettingsTest {
  private static TrainingSettings settings(long warmup, long decay, double average) {
    return new TrainingSettings(1, 4, 0.8, 0, warmup, decay, 0, average);
  }

  @Test
  void rateRisesLinearlyAndStays() {
    TrainingSettings settings = settings(4, 0, 0);
    assertThat(settings.rate(0)).isEqualTo(0.2);
    assertThat(settings.rate(3)).isEqualTo(0.8);
    assertThat(settings.rate(1000)).isEqualTo(0.8);
  }

  @Test
  void cosineFallsFromTheEndOfTheWarmUpToZero() {
    TrainingSettings settings = settings(10, 110, 0);
    assertThat(settings.rate(10)).isEqualTo(0.8);
    assertThat(settings.rate(60)).isCloseTo(0.4, within(1e-12));
    assertThat(settings.rate(110)).isCloseTo(0, within(1e-12));
    assertThat(settings.rate(500)).isCloseTo(0, within(1e-12));
  }

  @Test
  void averageForgetsItsStartFaster() {
    assertThat(settings(0, 0, 0.99).decay(0)).isEqualTo(0.1);
    assertThat(settings(0, 0, 0.99).decay(100_000)).isEqualTo(0.99);
    assertThat(settings(0, 0, 0).decay(5)).isZero();
  }

  @Test
  void nonsenseIsRefused() {
    assertThatThrownBy(() -> settings(10, 5, 0)).hasMessageContaining("decay: 5");
    assertThatThrownBy(() -> settings(0, 0, 1)).hasMessageContaining("average: 1.0");
    assertThatThrownBy(() -> Budget.minutes(0)).isInstanceOf(IllegalArgumentException.class);
  }
}
