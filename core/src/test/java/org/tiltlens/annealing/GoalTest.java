package org.tiltlens.annealing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.tiltlens.synthesis.TiltOracle;
import org.tiltlens.tilting.Estimate;
import org.tiltlens.tilting.ScoreSample;
import org.tiltlens.tilting.TiltedScores;
import org.tiltlens.tilting.Tilting;

class GoalTest {
  private static final TiltOracle ORACLE = TiltOracle.random(2, 3, 1);

  /** Particles that lag behind the tilt would stop at a larger beta. */
  @Test
  void aMeanIsReachedAtItsOwnBeta() {
    try (OracleRuns runs = OracleRuns.of(ORACLE, "30,10,10")) {
      double beta = runs.betaOf(3);
      double[] betas =
          IntStream.range(0, 4)
              .mapToDouble(
                  seed -> {
                    Goal goal = new Goal.Mean(ORACLE.mean(beta));
                    try (AnnealedSamples samples = runs.run(seed, goal, 96, 256)) {
                      assertThat(samples.estimator().annealed()).isTrue();
                      assertThat(samples.estimate().mean().covers(ORACLE.mean(beta), 2)).isTrue();
                      return samples.beta();
                    }
                  })
              .toArray();
      Estimate found = Estimate.ofMean(betas);
      assertThat(found.covers(beta, 4)).as("%s, exact %s", found, beta).isTrue();
      assertThat(found.value()).isCloseTo(beta, within(0.15 * beta));
    }
  }

  /** Beyond the highest of the pool, and below its mean. */
  @Test
  void anyMeanIsReached() {
    try (OracleRuns runs = OracleRuns.of(ORACLE, "20");
        Paths drawn = runs.drawn(1, 128)) {
      double highest = ScoreSample.of(runs.pool(drawn).energies()).max();
      try (AnnealedSamples samples = runs.run(1, new Goal.Mean(highest + 0.5), 64, 128)) {
        assertThat(samples.estimate().mean().value()).isCloseTo(highest + 0.5, within(0.3));
        assertThat(samples.beta()).isPositive();
      }
      double low = ScoreSample.of(runs.pool(drawn).energies()).tilted(-1.5).mean();
      try (AnnealedSamples samples = runs.run(1, new Goal.Mean(low), 64, 128)) {
        assertThat(samples.estimate().mean().value()).isCloseTo(low, within(0.3));
        assertThat(samples.beta()).isNegative();
      }
    }
  }

  /** Then nothing need be moved, and its own weights give the numbers. */
  @Test
  void whereThePoolTellsParticlesAreDrawnFromIt() {
    double mean = ORACLE.mean(0.4);
    try (OracleRuns runs = OracleRuns.of(ORACLE, "20");
        Paths drawn = runs.drawn(1, 2048);
        AnnealedSamples samples = runs.run(1, new Goal.Mean(mean), 64, 2048)) {
      ScoreSample pool = ScoreSample.of(runs.pool(drawn).energies());
      TiltedScores tilted = pool.tilted(Tilting.solve(pool, mean));
      assertThat(samples.beta()).isEqualTo(tilted.beta());
      assertThat(samples.estimate()).isEqualTo(tilted.estimate()).isEqualTo(samples.weighted());
      assertThat(samples.estimate().mean().value()).isCloseTo(mean, within(1e-9));
      assertThat(samples.estimator()).hasToString("importance weights of 2048 pool paths");
      assertThat(samples.evaluations()).isZero();
      assertThat(samples.mixing().mixed()).isTrue();
      assertThat(samples.distinct()).isGreaterThan(57);
    }
  }

  /** Just below two effective paths a particle the rungs begin. */
  @Test
  void elseBothNumbersAreReported() {
    try (OracleRuns runs = OracleRuns.of(ORACLE, "20");
        AnnealedSamples samples = runs.run(1, new Goal.Beta(0.4), 128, 256)) {
      assertThat(samples.estimator()).hasToString("annealed, 128 particles from 256 pool paths");
      assertThat(samples.evaluations()).isPositive();
      assertThat(samples.weighted()).isNotNull().isNotEqualTo(samples.estimate());
    }
    try (OracleRuns runs = OracleRuns.of(ORACLE, "20");
        AnnealedSamples samples = runs.run(1, new Goal.Beta(runs.betaOf(5)), 32, 128)) {
      assertThat(samples.weighted()).as("an ESS of a handful").isNull();
    }
  }

  @Test
  void goalsAreFinite() {
    assertThatThrownBy(() -> new Goal.Beta(Double.NaN)).hasMessageContaining("beta: NaN");
    assertThatThrownBy(() -> new Goal.Mean(Double.POSITIVE_INFINITY))
        .hasMessageContaining("mean: Infinity");
  }
}
