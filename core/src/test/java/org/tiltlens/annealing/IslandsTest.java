package org.tiltlens.annealing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.tiltlens.fixture.LiveNative;
import org.tiltlens.synthesis.TiltOracle;
import org.tiltlens.tilting.Estimate;

class IslandsTest {
  private static final TiltOracle ORACLE = TiltOracle.random(2, 3, 1);

  @Test
  void joinedTheyAreTheTilt() {
    try (OracleRuns runs = OracleRuns.of(ORACLE, OracleRuns.STEPS)) {
      double beta = runs.betaOf(1.5);
      List<AnnealedSamples> islands = islands(runs, beta, 6, 64);
      try (AnnealedSamples joined = Islands.joined(7, islands)) {
        assertThat(joined.size()).isEqualTo(6 * 64);
        assertThat(joined.estimate().mean().covers(ORACLE.mean(beta), 3)).isTrue();
        assertThat(joined.estimate().logZ().covers(ORACLE.logZ(beta), 3)).isTrue();
        assertThat(joined.estimate().kl().covers(ORACLE.kl(beta), 3)).isTrue();
        assertThat(joined.estimator().toString())
            .isEqualTo("annealed, 384 particles from 1536 pool paths, on 6 islands");
        // Resampling adds less than the particles' own spread.
        Estimate drawn =
            Estimate.ofMean(joined.scores().stream().mapToDouble(Double::doubleValue).toArray());
        assertThat(drawn.covers(joined.estimate().mean().value(), 3)).isTrue();
        assertThat(joined.distinct()).isBetween(100, 6 * 64);
        assertThat(joined.evaluations())
            .isEqualTo(islands.stream().mapToLong(AnnealedSamples::evaluations).sum());
      } finally {
        islands.forEach(AnnealedSamples::close);
      }
    }
  }

  /** Z is averaged, not log Z, and errors are the spread of the islands where that is more. */
  @Test
  void eachCountsByItsZ() {
    try (OracleRuns runs = OracleRuns.of(ORACLE, "20")) {
      List<AnnealedSamples> islands = islands(runs, 1, 4, 16);
      try (AnnealedSamples all = Islands.joined(7, islands);
          AnnealedSamples two = Islands.joined(7, islands.subList(0, 2))) {
        double[] z = of(islands, island -> Math.exp(island.estimate().logZ().value()));
        double[] m = of(islands, island -> island.estimate().mean().value());
        double total = IntStream.range(0, 4).mapToDouble(k -> z[k]).sum();
        double mean = IntStream.range(0, 4).mapToDouble(k -> z[k] * m[k] / total).sum();
        double[] without =
            IntStream.range(0, 4).mapToDouble(k -> Math.log(1 - z[k] / total)).toArray();
        double average = Arrays.stream(without).average().orElseThrow();
        double spread = Arrays.stream(without).map(x -> (x - average) * (x - average)).sum();
        assertThat(all.estimate().logZ().value()).isCloseTo(Math.log(total / 4), within(1e-9));
        assertThat(all.estimate().mean().value()).isCloseTo(mean, within(1e-9));
        assertThat(all.estimate().logZ().standardError())
            .as("widened by Student's t of three degrees")
            .isCloseTo(3.18245 / 2 * Math.sqrt(spread * 3 / 4), within(1e-5));
        double[] errors = of(islands, island -> island.estimate().logZ().standardError());
        double theirs = Math.hypot(z[0] * errors[0], z[1] * errors[1]) / (z[0] + z[1]);
        double apart = Math.abs(Math.log(z[0] / z[1])) / 2;
        assertThat(two.estimate().logZ().standardError())
            .isCloseTo(Math.max(theirs, 12.7062 / 2 * apart), within(1e-4));
      } finally {
        islands.forEach(AnnealedSamples::close);
      }
    }
  }

  @Test
  void betasMustNotDiffer() {
    try (OracleRuns runs = OracleRuns.of(ORACLE, "20");
        AnnealedSamples one = runs.run(1, new Goal.Beta(0.5), 8, 64);
        AnnealedSamples other = runs.run(2, new Goal.Beta(0.6), 8, 64)) {
      assertThatThrownBy(() -> Islands.joined(7, List.of(one, other)))
          .hasMessageContaining("[0.5, 0.6]")
          .hasMessageContaining("expected one beta");
    }
  }

  @Test
  void nothingIsLeftBehind() {
    long left =
        LiveNative.leftBy(
            () -> {
              try (OracleRuns runs = OracleRuns.of(ORACLE, "20")) {
                List<AnnealedSamples> islands = islands(runs, 0.5, 2, 8);
                Islands.joined(7, islands).close();
                islands.forEach(AnnealedSamples::close);
              }
            });
    assertThat(left).isZero();
  }

  private static List<AnnealedSamples> islands(
      OracleRuns runs, double beta, int count, int particles) {
    return IntStream.range(0, count)
        .mapToObj(seed -> runs.run(seed, new Goal.Beta(beta), particles, 4 * particles))
        .toList();
  }

  private static double[] of(
      List<AnnealedSamples> islands, ToDoubleFunction<AnnealedSamples> number) {
    return islands.stream().mapToDouble(number).toArray();
  }
}
