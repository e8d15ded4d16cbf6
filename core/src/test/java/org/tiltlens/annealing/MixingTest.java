package org.tiltlens.annealing;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.tiltlens.feature.Objective;
import org.tiltlens.synthesis.TiltOracle;

class MixingTest {
  private static final TiltOracle ORACLE = TiltOracle.random(2, 3, 1);

  @Test
  void aRunThatMovedSaysSo() {
    assertThat(mixing(new Annealing.Settings(64, 0.6, 5, 9, 16, 0, 128), 2, 256).mixed()).isTrue();
  }

  @Test
  void copiesThatNeverPartedAreNamed() {
    assertThat(mixing(new Annealing.Settings(64, 0.6, 0, 0, 16, 0, 128), 1, 128))
        .matches(mixing -> !mixing.mixed())
        .extracting(Mixing::why)
        .asString()
        .contains("different paths: raise the last rung's moves");
  }

  @Test
  void aHandfulOfAncestorsIsNamed() {
    assertThat(of(9, 3.45))
        .isEqualTo(
            Mixing.not(
                "40 particles descend from 9 paths of the pool: give a larger pool or more"
                    + " particles"));
    assertThat(of(10, 3.45).mixed()).isTrue();
  }

  /** By more than 0.5 / sqrt(40), the standard error of their mean. */
  @Test
  void aMeanThatStillRisesIsNamed() {
    assertThat(of(10, 4.5))
        .isEqualTo(
            Mixing.not("the last moves still took the mean farther: raise the last rung's moves"));
  }

  /** Forty particles that moved at two rungs, four times at the last one. */
  private static Mixing of(int ancestors, double lastMean) {
    PathMove move = new PathMove.NoiseWalk(1);
    List<Tally> moves =
        DoubleStream.of(3.4, 3.4, lastMean, lastMean)
            .mapToObj(mean -> new Tally(move, 40, 20, mean, 1))
            .toList();
    AnnealedCloud cloud =
        new AnnealedCloud(
            1,
            null,
            IntStream.range(0, 40).mapToObj(i -> 3.5 + (i % 2)).toList(),
            IntStream.range(0, 40).mapToObj(i -> i % ancestors).toList(),
            IntStream.range(0, 40).mapToObj(Long::valueOf).toList(),
            0,
            List.of(new Rung(1, 25, List.of()), new Rung(2, 25, moves)),
            0,
            false);
    Course course =
        new Course(
            new Goal.Beta(2),
            new Annealing.Settings(40, 0.6, 2, 4, 16, 0, 80),
            new Objective.Maximize());
    return Mixing.of(cloud, course);
  }

  /** One move a rung, of which few are accepted: sixteen are made and leave a trace. */
  @Test
  void rungsWhoseMovesWereRefusedAreNamed() {
    assertThat(mixing(new Annealing.Settings(256, 0.6, 1, 40, 16, 0, 512), 4, 512))
        .matches(mixing -> !mixing.mixed())
        .extracting(Mixing::why)
        .asString()
        .contains("16 moves at beta")
        .contains("raise the moves of a rung");
  }

  private static Mixing mixing(Annealing.Settings settings, double kl, int pool) {
    try (OracleRuns runs = OracleRuns.of(ORACLE, "20");
        AnnealedSamples samples = runs.run(1, new Goal.Beta(runs.betaOf(kl)), settings, pool)) {
      return samples.mixing();
    }
  }
}
