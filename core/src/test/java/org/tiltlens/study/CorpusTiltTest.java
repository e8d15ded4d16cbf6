package org.tiltlens.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.tiltlens.tilting.ScoreSample;

class CorpusTiltTest {
  /** Scores 0, 1, .. 100: the p-th percentile is p. */
  private static final ScoreSample SCORES =
      ScoreSample.of(IntStream.rangeClosed(0, 100).asDoubleStream().toArray());

  @Test
  void percentileAndActivationAreTwoNamesOfOneTilt() {
    CorpusTilt byPercentile = CorpusTilt.towards(Target.percentile(97), SCORES);
    CorpusTilt byActivation = CorpusTilt.towards(Target.activation(97), SCORES);
    assertThat(byPercentile).isEqualTo(byActivation);
    assertThat(byPercentile.target()).isEqualTo(new Target(97.0, 97.0));
    assertThat(SCORES.tilted(byPercentile.beta()).mean()).isCloseTo(97, within(1e-9));
  }

  @Test
  void twoScoresHaveAClosedForm() {
    // E[s] = e^beta / (1 + e^beta) = 0.8
    CorpusTilt tilt = CorpusTilt.towards(Target.activation(0.8), ScoreSample.of(0, 1));
    assertThat(tilt.beta()).isCloseTo(Math.log(4), within(1e-12));
  }

  @Test
  void whatTheCorpusCannotSayIsRefused() {
    assertThatThrownBy(() -> CorpusTilt.towards(Target.activation(101), SCORES))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("out of reach");
    assertThatThrownBy(() -> Target.percentile(101)).hasMessageContaining("must be in 0..100");
    assertThatThrownBy(() -> new Target(null, null)).hasMessageContaining("--activation M");
    assertThatThrownBy(() -> Target.activation(Double.NaN)).hasMessageContaining("finite");
  }
}
