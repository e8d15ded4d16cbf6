package org.tiltlens.annealing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tiltlens.fixture.LiveNative;
import org.tiltlens.synthesis.TiltOracle;
import org.tiltlens.tilting.Estimate;
import org.tiltlens.tilting.TiltEstimate;
import org.tiltlens.torch.Batching;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Lanes;

/** Annealed samples of q_beta against tilts that are known. */
class AnnealingOracleTest {
  /**
   * How much of the score's variance, 1, a hundred steps of the prior leave out: in 51,200 paths of
   * 16 dimensions 0.025 +- 0.01. A tilt of that prior is b times as much short of the mean.
   */
  private static final double SHORT = 0.03;

  /**
   * With ten components 100 steps leave mode weights off by what 20 runs resolve; so more steps,
   * and most of them where x_t decides between components.
   */
  private static final String MORE_STEPS = "100,120,30";

  @ParameterizedTest
  @CsvSource({"2, 1, 1.1, 256, 1024", "16, 3, 1.5, 256, 1024", "2, 10, 5, 256, 1024"})
  void annealedSamplesAreTheTilt(
      int dimensions, int components, double kl, int particles, int pool) {
    assertTilt(dimensions, components, kl, particles, pool, 4, 2);
  }

  /** Where few of the pool's paths are: by its own weights the mean is off by far more. */
  @Tag("slow")
  @ParameterizedTest
  @CsvSource({
    "2, 3, 512",
    "2, 10, 512",
    "16, 3, 512",
    "16, 10, 512",
    "64, 3, 256",
    "64, 10, 256",
    "256, 3, 256",
    "256, 10, 256"
  })
  void annealedSamplesAreTheTiltInManyRuns(int dimensions, int components, int particles) {
    assertTilt(dimensions, components, 5, particles, 4 * particles, 20, 10);
  }

  private static void assertTilt(
      int dimensions, int components, double kl, int particles, int pool, int seeds, int covered) {
    TiltOracle oracle = TiltOracle.random(dimensions, components, 1);
    List<TiltEstimate> found = new ArrayList<>();
    List<double[]> modes = new ArrayList<>();
    String steps = components < 10 || seeds < 20 ? OracleRuns.STEPS : MORE_STEPS;
    try (OracleRuns runs = OracleRuns.of(oracle, steps)) {
      double beta = runs.betaOf(kl);
      for (int seed = 0; seed < seeds; seed++) {
        try (AnnealedSamples samples = runs.run(seed, new Goal.Beta(beta), particles, pool)) {
          assertThat(samples.estimator().annealed()).isTrue();
          found.add(samples.estimate());
          modes.add(runs.modes(samples));
        }
      }
      double square = SHORT * beta * beta / 2;
      assertCovers("mean", found, TiltEstimate::mean, oracle.mean(beta), SHORT * beta, covered);
      assertCovers("log Z", found, TiltEstimate::logZ, oracle.logZ(beta), square, covered);
      assertCovers("KL", found, TiltEstimate::kl, oracle.kl(beta), square, covered);
      double[] exact = oracle.p().tilted(oracle.w(), beta).weights();
      for (int k = 0; k < exact.length; k++) {
        int mode = k;
        Estimate share = Estimate.ofMean(modes.stream().mapToDouble(run -> run[mode]).toArray());
        // A handful of runs hardly tell their spread.
        double errors = seeds < 20 ? 5 : 3;
        assertThat(Math.abs(share.value() - exact[k]))
            .as("mode %s of %s, exact %s", k, share, exact[k])
            .isLessThanOrEqualTo(errors * share.standardError() + 0.001);
      }
    }
  }

  /** On average within three standard errors, and run by run as often as its own error says. */
  private static void assertCovers(
      String what,
      List<TiltEstimate> runs,
      Function<TiltEstimate, Estimate> of,
      double exact,
      double lacking,
      int covered) {
    List<Estimate> each = runs.stream().map(of).toList();
    Estimate average = average(each);
    assertThat(average.value())
        .as("%s %s, exact %s less %s", what, average, exact, lacking)
        .isBetween(
            exact - lacking - 3 * average.standardError(), exact + 3 * average.standardError());
    assertThat(each.stream().filter(run -> run.covers(exact - lacking / 2, 2)).count())
        .as("runs that cover %s: %s, exact %s", what, each, exact)
        .isGreaterThanOrEqualTo(covered);
  }

  /** A handful of runs hardly tell their spread: then what they say of themselves counts. */
  private static Estimate average(List<Estimate> runs) {
    Estimate average = Estimate.ofMean(runs.stream().mapToDouble(Estimate::value).toArray());
    double squares = runs.stream().mapToDouble(each -> Math.pow(each.standardError(), 2)).sum();
    double said = Math.sqrt(squares) / runs.size();
    return new Estimate(average.value(), Math.max(average.standardError(), said));
  }

  /** Without a tilt nothing is refused, and the pool's own images are what comes out. */
  @Test
  void withoutATiltThePriorIsKept() {
    try (OracleRuns runs = OracleRuns.of(TiltOracle.random(4, 3, 1), "20");
        Paths drawn = runs.drawn(1, 2000);
        AnnealedSamples samples =
            new Annealing(
                    runs.paths(),
                    new Goal.Beta(0),
                    Annealing.Settings.usual(1024),
                    Batching.together(1024))
                .run(1, runs.pool(drawn))) {
      assertThat(samples.rungs()).hasSize(1);
      assertThat(samples.rungs().get(0).moves())
          .isNotEmpty()
          .allMatch(tally -> tally.accepted() == tally.proposed());
      assertThat(samples.estimate().logZ().value()).isZero();
      Estimate before = Estimate.ofMean(runs.pool(drawn).energies());
      Estimate after =
          Estimate.ofMean(samples.scores().stream().mapToDouble(Double::doubleValue).toArray());
      assertThat(after.plus(new Estimate(-before.value(), before.standardError())).covers(0, 4))
          .as("%s, then %s", before, after)
          .isTrue();
    }
  }

  @Test
  @Tag("rounding")
  void lanesChangeNoBit() {
    try (OracleRuns runs = OracleRuns.of(TiltOracle.random(4, 3, 1), "12");
        Paths drawn = runs.paths().draw(1, IntStream.range(0, 24).toArray());
        AnnealedSamples one = inLanes(runs, 1).run(1, runs.pool(drawn));
        AnnealedSamples other = inLanes(runs, 3).run(1, runs.pool(drawn))) {
      assertThat(one.rungs().size()).isGreaterThan(1);
      assertThat(one.x().equal(other.x())).isTrue();
      assertThat(one.estimate()).isEqualTo(other.estimate());
      assertThat(one.rungs()).isEqualTo(other.rungs());
    }
  }

  @Test
  void nothingIsLeftBehind() {
    TiltOracle oracle = TiltOracle.random(4, 3, 1);
    long left =
        LiveNative.leftBy(
            () -> {
              try (OracleRuns runs = OracleRuns.of(oracle, "12")) {
                Pool pool = Pool.drawn(runs.paths(), 5, 24, Batching.oneByOne(new Lanes(2, 1)));
                inLanes(runs, 2).run(1, pool).close();
              }
            });
    assertThat(left).isZero();
  }

  /** Paths that are drawn again from the seed are those that were kept. */
  @Test
  @Tag("rounding")
  void aPoolNeedsNotBeKept() {
    try (OracleRuns runs = OracleRuns.of(TiltOracle.random(4, 3, 1), "12")) {
      Pool pool = Pool.drawn(runs.paths(), 5, 24, Batching.oneByOne(new Lanes(2, 1)));
      try (Paths drawn = runs.paths().draw(5, IntStream.range(0, 24).toArray());
          Paths again = pool.paths().of(3, 3, 20);
          Paths kept = drawn.of(Device.CPU, 3, 3, 20)) {
        assertThat(again.x().sub(kept.x()).abs().max().item_double()).isLessThan(1e-5);
        assertThat(again.noise().equal(kept.noise())).isTrue();
        assertThat(pool.energies()[20]).isCloseTo(runs.pool(drawn).energies()[20], within(1e-5));
      }
    }
  }

  private static Annealing inLanes(OracleRuns runs, int lanes) {
    return new Annealing(
        runs.paths(),
        new Goal.Beta(1.5),
        Annealing.Settings.usual(12),
        Batching.oneByOne(new Lanes(lanes, 1)).ofSet(Device.CPU, 4));
  }
}
