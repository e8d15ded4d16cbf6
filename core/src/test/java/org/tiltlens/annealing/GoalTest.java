package org.tiltlens.annealing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.tiltlens.diffusion.AncestralStep;
import org.tiltlens.feature.Objective;
import org.tiltlens.synthesis.TiltOracle;
import org.tiltlens.tilting.Estimate;
import org.tiltlens.tilting.ScoreSample;
import org.tiltlens.tilting.TiltedScores;
import org.tiltlens.tilting.Tilting;
import org.tiltlens.torch.Tensors;

class GoalTest {
  private static final TiltOracle ORACLE = TiltOracle.random(2, 3, 1);
  private static final Annealing.Settings USUAL = Annealing.Settings.usual(16);

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

  @Test
  void thePoolTellsTheTiltOfAMeanWhereItIsBelieved() {
    try (OracleRuns runs = OracleRuns.of(ORACLE, "20");
        Paths drawn = runs.drawn(1, 128)) {
      Pool pool = runs.pool(drawn);
      ScoreSample sample = ScoreSample.of(pool.energies());
      double mean = sample.tilted(0.5).mean();
      assertThat(runs.annealing(new Goal.Mean(mean), USUAL).told(pool).orElseThrow())
          .isCloseTo(0.5, within(1e-9));
      assertThat(runs.annealing(new Goal.Mean(sample.max()), USUAL).told(pool)).isEmpty();
    }
  }

  /** A score with an end, at the hypercube's corner: particles get near it, and no farther. */
  @Test
  void whatIsOutOfReachEndsTheRun() {
    PathSampler bounded =
        PathSampler.of(
            ORACLE.prior("12"),
            new AncestralStep(),
            images -> Tensors.sum(images.tanh(), 1, 2, 3),
            new Objective.Maximize());
    try (OracleRuns runs = new OracleRuns(ORACLE, bounded);
        Paths drawn = runs.drawn(1, 64)) {
      Pool pool = runs.pool(drawn);
      for (Goal goal : List.of(new Goal.Mean(1e9), new Goal.Beta(1e12))) {
        assertThatThrownBy(() -> runs.annealing(goal, USUAL).run(1, pool))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageMatching(
                "(a mean score of 1.0E9|beta 1.0E12) is out of reach: after \\d+ tilts, at beta"
                    + " .*, the particles' mean is .* and hardly rises: ask for less, or give"
                    + " more particles or moves");
      }
    }
  }

  /** Weights of one seed's images and paths of another's would be samples of nothing. */
  @Test
  void aPoolOfAnotherSeedIsRefused() {
    try (OracleRuns runs = OracleRuns.of(ORACLE, "12");
        Paths drawn = runs.drawn(1, 64);
        Paths others = runs.drawn(2, 64)) {
      Pool mixed = new Pool(runs.pool(drawn).energies(), runs.pool(others).paths());
      assertThatThrownBy(() -> runs.annealing(new Goal.Beta(1), USUAL).run(1, mixed))
          .hasMessageStartingWith("the pool's images are not those of its seed: drawn again");
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

  /**
   * Copies are parted by moving all particles: moving them alone, which are the high scores, would
   * take the mean down.
   */
  @Test
  void partedCopiesOfABelievedPoolAreTheTiltOnAverage() {
    try (OracleRuns runs = OracleRuns.of(ORACLE, OracleRuns.STEPS)) {
      double beta = runs.betaOf(1);
      List<Double> means = new ArrayList<>();
      List<double[]> modes = new ArrayList<>();
      for (int seed = 0; seed < 40; seed++) {
        try (AnnealedSamples samples = runs.run(seed, new Goal.Beta(beta), settings(256), 1024)) {
          assertThat(samples.estimator().annealed()).isFalse();
          assertThat(samples.distinct()).isGreaterThanOrEqualTo(230);
          assertThat(samples.evaluations()).isPositive();
          means.add(
              samples.scores().stream().mapToDouble(Double::doubleValue).average().orElseThrow());
          modes.add(runs.modes(samples));
        }
      }
      assertIs(means.stream().mapToDouble(Double::doubleValue), ORACLE.mean(beta));
      double[] exact = ORACLE.p().tilted(ORACLE.w(), beta).weights();
      for (int k = 0; k < exact.length; k++) {
        int mode = k;
        assertIs(modes.stream().mapToDouble(shares -> shares[mode]), exact[k]);
      }
    }
  }

  private static void assertIs(DoubleStream found, double exact) {
    Estimate average = Estimate.ofMean(found.toArray());
    assertThat(average.covers(exact, 3)).as("%s, exact %s", average, exact).isTrue();
  }

  /** Many copies of few paths are moved until these are forgotten, not until they differ alone. */
  @Test
  void manyCopiesAreMovedOn() {
    try (OracleRuns runs = OracleRuns.of(ORACLE, "20")) {
      Goal goal = new Goal.Beta(runs.betaOf(2.3));
      try (AnnealedSamples few = runs.run(1, goal, settings(16), 512);
          AnnealedSamples many = runs.run(1, goal, settings(256), 512)) {
        assertThat(few.rungs()).hasSize(1);
        assertThat(many.rungs()).hasSize(1);
        assertThat(many.estimate()).isEqualTo(few.estimate());
        assertThat(few.rungs().get(0).moves())
            .isNotEmpty()
            .allMatch(tally -> tally.move() instanceof PathMove.Branch);
        assertThat(many.rungs().get(0).moves()).hasSizeGreaterThanOrEqualTo(9);
        assertThat(many.rungs().get(0).moves())
            .anyMatch(tally -> tally.move() instanceof PathMove.NoiseWalk);
      }
    }
  }

  private static Annealing.Settings settings(int particles) {
    return new Annealing.Settings(particles, 0.6, 5, 9, 2, 0, 10);
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
