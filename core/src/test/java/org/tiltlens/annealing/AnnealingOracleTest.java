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
import org.tiltlens.diffusion.AncestralStep;
import org.tiltlens.diffusion.Prior;
import org.tiltlens.feature.Objective;
import org.tiltlens.fixture.LiveNative;
import org.tiltlens.synthesis.TiltOracle;
import org.tiltlens.tilting.Estimate;
import org.tiltlens.tilting.TiltEstimate;
import org.tiltlens.torch.Batching;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Lanes;
import org.tiltlens.torch.Noise;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/** Annealed samples of q_beta against tilts that are known. */
class AnnealingOracleTest {
  /** As for the twisted sampler: most of the steps near the clean images. */
  private static final String STEPS = "60,20,20";

  private static final int POOL = 4096;
  private static final int PARTICLES = 1024;

  @ParameterizedTest
  @CsvSource({"2, 1, 1.5", "2, 3, 1.5", "16, 3, 1.5"})
  void annealedSamplesAreTheTilt(int dimensions, int components, double beta) {
    assertTilt(dimensions, components, beta, 4, 2);
  }

  private static void assertTilt(
      int dimensions, int components, double beta, int seeds, int covered) {
    TiltOracle oracle = TiltOracle.random(dimensions, components, 1);
    List<TiltEstimate> found = new ArrayList<>();
    try (Prior prior = oracle.prior(STEPS)) {
      PathSampler paths = paths(prior, oracle);
      for (int seed = 0; seed < seeds; seed++) {
        try (Paths drawn = drawn(paths, seed, POOL);
            AnnealedSamples samples =
                annealing(paths, beta, PARTICLES).run(seed, pool(oracle, drawn))) {
          found.add(samples.estimate());
        }
      }
    }
    assertCovers("mean", found, TiltEstimate::mean, oracle.mean(beta), covered);
    assertCovers("log Z", found, TiltEstimate::logZ, oracle.logZ(beta), covered);
    assertCovers("KL", found, TiltEstimate::kl, oracle.kl(beta), covered);
  }

  /** On average within three standard errors, and run by run as often as its own error says. */
  private static void assertCovers(
      String what,
      List<TiltEstimate> runs,
      Function<TiltEstimate, Estimate> of,
      double exact,
      int covered) {
    Estimate average = average(runs.stream().map(of).toList());
    assertThat(average.covers(exact, 3)).as("%s %s, exact %s", what, average, exact).isTrue();
    assertThat(runs.stream().map(of).filter(each -> each.covers(exact, 2)).count())
        .as("runs that cover %s: %s, exact %s", what, runs.stream().map(of).toList(), exact)
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
    TiltOracle oracle = TiltOracle.random(4, 3, 1);
    try (Prior prior = oracle.prior("20")) {
      PathSampler paths = paths(prior, oracle);
      try (Paths drawn = drawn(paths, 1, POOL);
          AnnealedSamples samples = annealing(paths, 0, PARTICLES).run(1, pool(oracle, drawn))) {
        assertThat(samples.rungs()).hasSize(1);
        assertThat(samples.rungs().get(0).moves())
            .isNotEmpty()
            .allMatch(tally -> tally.accepted() == tally.proposed());
        assertThat(samples.estimate().logZ().value()).isZero();
        Estimate before = Estimate.ofMean(pool(oracle, drawn).energies());
        Estimate after =
            Estimate.ofMean(samples.scores().stream().mapToDouble(Double::doubleValue).toArray());
        assertThat(after.plus(new Estimate(-before.value(), before.standardError())).covers(0, 4))
            .as("%s, then %s", before, after)
            .isTrue();
      }
    }
  }

  @Test
  @Tag("rounding")
  void lanesChangeNoBit() {
    TiltOracle oracle = TiltOracle.random(4, 3, 1);
    try (Prior prior = oracle.prior("12")) {
      PathSampler paths = paths(prior, oracle);
      try (Paths drawn = paths.draw(1, IntStream.range(0, 24).toArray());
          AnnealedSamples one = inLanes(paths, 1).run(1, pool(oracle, drawn));
          AnnealedSamples other = inLanes(paths, 3).run(1, pool(oracle, drawn))) {
        assertThat(one.rungs().size()).isGreaterThan(1);
        assertThat(one.x().equal(other.x())).isTrue();
        assertThat(one.estimate()).isEqualTo(other.estimate());
        assertThat(one.rungs()).isEqualTo(other.rungs());
      }
    }
  }

  @Test
  void nothingIsLeftBehind() {
    TiltOracle oracle = TiltOracle.random(4, 3, 1);
    long left =
        LiveNative.leftBy(
            () -> {
              try (Prior prior = oracle.prior("12")) {
                PathSampler paths = paths(prior, oracle);
                Pool pool = Pool.drawn(paths, 5, 24, Batching.oneByOne(new Lanes(2, 1)));
                inLanes(paths, 2).run(1, pool).close();
              }
            });
    assertThat(left).isZero();
  }

  /** Paths that are drawn again from the seed are those that were kept. */
  @Test
  @Tag("rounding")
  void aPoolNeedsNotBeKept() {
    TiltOracle oracle = TiltOracle.random(4, 3, 1);
    try (Prior prior = oracle.prior("12")) {
      PathSampler paths = paths(prior, oracle);
      Pool pool = Pool.drawn(paths, 5, 24, Batching.oneByOne(new Lanes(2, 1)));
      try (Paths drawn = paths.draw(5, IntStream.range(0, 24).toArray());
          Paths again = pool.paths().of(3, 3, 20);
          Paths kept = drawn.of(Device.CPU, 3, 3, 20)) {
        assertThat(again.x().sub(kept.x()).abs().max().item_double()).isLessThan(1e-5);
        assertThat(again.noise().equal(kept.noise())).isTrue();
        assertThat(pool.energies()[20]).isCloseTo(pool(oracle, drawn).energies()[20], within(1e-5));
      }
    }
  }

  private static PathSampler paths(Prior prior, TiltOracle oracle) {
    return PathSampler.of(prior, new AncestralStep(), oracle.score(), new Objective.Maximize());
  }

  /** All noise at once, which is faster than by name. */
  private static Paths drawn(PathSampler paths, long seed, int size) {
    long[] image = paths.prior().imageShape();
    int steps = paths.prior().schedule().steps();
    try (Scope scope = Scope.open()) {
      return paths.walked(Noise.normal(seed, 0, 0, size, steps + 1, image[0], image[1], image[2]));
    }
  }

  private static Pool pool(TiltOracle oracle, Paths drawn) {
    try (Scope scope = Scope.open()) {
      double[] scores = Tensors.toDoubles(oracle.score().of(drawn.x()));
      return new Pool(scores, rows -> drawn.of(Device.CPU, rows));
    }
  }

  private static Annealing annealing(PathSampler paths, double beta, int particles) {
    return new Annealing(
        paths,
        new Goal.Beta(beta),
        Annealing.Settings.usual(particles),
        Batching.together(particles));
  }

  private static Annealing inLanes(PathSampler paths, int lanes) {
    return new Annealing(
        paths,
        new Goal.Beta(1.5),
        Annealing.Settings.usual(12),
        Batching.oneByOne(new Lanes(lanes, 1)));
  }
}
