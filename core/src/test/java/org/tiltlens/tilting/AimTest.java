package org.tiltlens.tilting;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

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

  /** Scores of mean 0.2 and deviation 2. */
  private static ScoreSample straddling() {
    double[] scores = new double[400];
    Arrays.setAll(scores, i -> 0.2 + 2 * Math.sqrt(3) * ((2 * i + 1) / 400.0 - 1));
    return ScoreSample.of(scores);
  }

  @Test
  void aMissIsAShareOfTheTargetOrNearZeroOfHalfADeviation() {
    ScoreSample scores = straddling();
    assertThat(Aim.missUnit(1.5, scores)).isEqualTo(1.5);
    assertThat(Aim.missUnit(-1.5, scores)).isEqualTo(1.5);
    assertThat(Aim.missUnit(0, scores)).isCloseTo(1, within(1e-4));
    assertThat(Aim.missUnit(0.01, scores)).isCloseTo(1, within(1e-4));
  }

  /** By a sampler that goes 70 % of the corpus' way. */
  @Test
  void aTargetOfZeroSettles() {
    ScoreSample scores = straddling();
    BetaSearch search = new BetaSearch(scores, 0);
    List<Pilot> pilots = new ArrayList<>();
    while (pilots.size() < Pilots.USUAL.rounds()
        && search.nearest(pilots, 0.03 * Aim.missUnit(0, scores)).isEmpty()) {
      double beta = search.next(pilots);
      pilots.add(Pilot.of(beta, scores.tilted(0.7 * beta).mean()));
    }
    assertThat(pilots).hasSizeBetween(2, Pilots.USUAL.rounds() - 1);
  }

  @Test
  void nonsenseIsRefused() {
    assertThatThrownBy(() -> Target.percentile(101)).hasMessageContaining("must be in 0..100");
    assertThatThrownBy(() -> new Target(null, null))
        .hasMessage("a target needs an activation or a percentile");
    assertThatThrownBy(() -> Target.activation(Double.NaN)).hasMessageContaining("finite");
    assertThatThrownBy(() -> new Pilots(0, 8)).hasMessageContaining("1..100 rounds");
    assertThatThrownBy(() -> new Pilots(1, 1)).hasMessageContaining("2..100000 images");
  }
}
