package org.tiltlens.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.tiltlens.tilting.ScoreSample;

class AimTest {
  @Test
  void percentileAndActivationAreTwoNamesOfOneTarget() {
    // Scores 0, 0.5, .. 50: the p-th percentile is p / 2.
    ScoreSample scores =
        ScoreSample.of(IntStream.rangeClosed(0, 100).mapToDouble(i -> i / 2.0).toArray());
    Target both = new Target(48.5, 97.0);
    assertThat(Aim.complete(Target.percentile(97), scores)).isEqualTo(both);
    assertThat(Aim.complete(Target.activation(48.5), scores)).isEqualTo(both);
  }

  @Test
  void nonsenseIsRefused() {
    assertThatThrownBy(() -> Target.percentile(101)).hasMessageContaining("must be in 0..100");
    assertThatThrownBy(() -> new Target(null, null)).hasMessageContaining("--activation M");
    assertThatThrownBy(() -> Target.activation(Double.NaN)).hasMessageContaining("finite");
    assertThatThrownBy(() -> new Pilots(0, 8)).hasMessageContaining("1..100 rounds");
    assertThatThrownBy(() -> new Pilots(1, 1)).hasMessageContaining("2..100000 images");
  }
}
