package org.tiltlens.synthesis;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tiltlens.diffusion.AncestralStep;
import org.tiltlens.diffusion.Prior;
import org.tiltlens.tilting.Estimate;
import org.tiltlens.tilting.TiltEstimate;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/** Samplers of q_beta against tilts that are known: Gaussians and mixtures with a linear score. */
class TiltOracleTest {
  private static final int PARTICLES = 1024;

  /**
   * Most of the steps are near the clean images: there the transitions of a mixture, each replaced
   * by a normal distribution, differ most from the true ones.
   */
  private static final String STEPS = "60,20,20";

  /**
   * With ten components 100 steps leave log Z 0.004 off, which 20 runs resolve; so more steps, and
   * most of them where x_t decides between components.
   */
  private static final String MORE_STEPS = "100,120,30";

  @ParameterizedTest
  @CsvSource({"2, 1, 1.5", "2, 3, 1.5", "16, 3, 1"})
  void twistedSamplesAreTheTilt(int dimensions, int components, double beta) {
    assertTilt(dimensions, components, beta, 5, 3);
  }

  @Tag("slow")
  @ParameterizedTest
  @CsvSource({
    "2, 1, 0.5", "2, 1, 1.5", "2, 3, 0.5", "2, 3, 1.5", "2, 10, 0.5", "2, 10, 1.5",
    "16, 1, 0.5", "16, 1, 1.5", "16, 3, 0.5", "16, 3, 1.5", "16, 10, 0.5", "16, 10, 1.5",
    "256, 1, 0.5", "256, 1, 1.5", "256, 3, 0.5", "256, 3, 1.5", "256, 10, 0.5", "256, 10, 1.5"
  })
  void twistedSamplesAreTheTiltInManyRuns(int dimensions, int components, double beta) {
    assertTilt(dimensions, components, beta, 20, 16);
  }

  private static void assertTilt(
      int dimensions, int components, double beta, int seeds, int covered) {
    TiltOracle oracle = TiltOracle.random(dimensions, components, 1);
    try (Prior prior = oracle.prior(components < 10 ? STEPS : MORE_STEPS)) {
      Runs runs = Runs.of(prior, oracle.score(), beta, PARTICLES, seeds);
      assertThat(runs.mean().covers(oracle.mean(beta), 3))
          .as("mean %s, exact %s", runs.mean(), oracle.mean(beta))
          .isTrue();
      assertThat(runs.logZ().covers(oracle.logZ(beta), 3))
          .as("log Z %s, exact %s", runs.logZ(), oracle.logZ(beta))
          .isTrue();
      assertThat(runs.covering(TiltEstimate::mean, oracle.mean(beta)))
          .as("runs that cover the mean")
          .isGreaterThanOrEqualTo(covered);
      assertThat(runs.covering(TiltEstimate::logZ, oracle.logZ(beta)))
          .as("runs that cover log Z")
          .isGreaterThanOrEqualTo(covered);
      assertThat(runs.covering(TiltEstimate::kl, oracle.kl(beta)))
          .as("runs that cover KL")
          .isGreaterThanOrEqualTo(covered);
    }
  }

  @Test
  void plugInGuidanceIsExactForTheGaussianAndBiasedForTheMixture() {
    double beta = 1.5;
    TiltOracle gaussian = TiltOracle.random(16, 1, 1);
    Estimate exact = plugIn(gaussian, beta);
    // 2 % of the shift for finitely many steps.
    assertThat(exact.value() - gaussian.mean(beta))
        .isBetween(
            -4 * exact.standardError() - 0.02 * beta, 4 * exact.standardError() + 0.02 * beta);
    TiltOracle mixture = TiltOracle.random(2, 3, 1);
    Estimate biased = plugIn(mixture, beta);
    assertThat(biased.covers(mixture.mean(beta), 5)).as("%s", biased).isFalse();
    assertThat(biased.value()).isLessThan(mixture.mean(beta));
  }

  private static Estimate plugIn(TiltOracle oracle, double beta) {
    Integer[] samples = IntStream.range(0, 3000).boxed().toArray(Integer[]::new);
    try (Prior prior = oracle.prior(STEPS);
        Trajectory drawn =
            new GuidedSampler(prior, oracle.score(), TiltOracle.tilt(beta), new AncestralStep())
                .run(7, samples);
        Scope scope = Scope.open()) {
      return Estimate.ofMean(Tensors.toDoubles(oracle.score().of(drawn.x())));
    }
  }
}
