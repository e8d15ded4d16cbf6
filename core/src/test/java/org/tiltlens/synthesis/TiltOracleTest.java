package org.tiltlens.synthesis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tiltlens.diffusion.AncestralStep;
import org.tiltlens.diffusion.GaussianPrior;
import org.tiltlens.diffusion.NoiseSchedule;
import org.tiltlens.diffusion.Prior;
import org.tiltlens.feature.Score;
import org.tiltlens.tilting.Certificate;
import org.tiltlens.tilting.Estimate;
import org.tiltlens.tilting.ThermodynamicIntegration;
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

  /** There the plug-in sampler's means are the tilts', and its path KL is KL. */
  @Test
  void aLadderOfPlugInMeansGivesTheGaussiansLogZAndCertificate() {
    double beta = 1.5;
    double[] betas = {0, 0.75, beta};
    TiltOracle oracle = TiltOracle.random(16, 1, 1);
    double[][] scores = new double[betas.length][];
    double[] pathKl = null;
    for (int rung = 0; rung < betas.length; rung++) {
      try (Prior prior = oracle.prior(STEPS);
          Trajectory drawn = drawn(prior, oracle, betas[rung], 500);
          Scope scope = Scope.open()) {
        scores[rung] = Tensors.toDoubles(oracle.score().of(drawn.x()));
        pathKl = drawn.pathKl().stream().mapToDouble(Double::doubleValue).toArray();
      }
    }
    TiltEstimate estimate = ThermodynamicIntegration.ofCommonNoise(betas, scores);
    assertThat(estimate.logZ().covers(oracle.logZ(beta), 4)).as("%s", estimate.logZ()).isTrue();
    // Common noise shifts every score alike, so KL hardly has a spread: 4 % for 100 steps.
    assertThat(estimate.kl().standardError()).isLessThan(1e-3);
    assertThat(estimate.kl().value()).isCloseTo(oracle.kl(beta), within(0.04 * oracle.kl(beta)));
    Estimate certificate =
        Certificate.bound(
            pathKl, scores[2], beta, ThermodynamicIntegration.integrals(betas, scores));
    assertThat(certificate.value()).isCloseTo(0, within(0.04 * oracle.kl(beta)));
  }

  /** N(0, v) against the tilt's N(0, 1 / (1 + beta)), for v that plug-in guidance samples. */
  @Test
  void theCertificateBoundsTheKlThatPlugInGuidanceLeaves() {
    double beta = 3;
    int images = 3000;
    Score quadratic = x -> Tensors.scale(Tensors.sum(x.mul(x), 1, 2, 3), -0.5);
    NoiseSchedule schedule = NoiseSchedule.linear(1000).respaced("100");
    Integer[] samples = IntStream.range(0, images).boxed().toArray(Integer[]::new);
    try (Prior prior =
            new GaussianPrior(schedule, Tensors.zeros(1, 1, 1), Tensors.full(1, 1, 1, 1));
        Trajectory drawn =
            new GuidedSampler(prior, quadratic, TiltOracle.tilt(beta), new AncestralStep())
                .run(7, samples);
        Scope scope = Scope.open()) {
      Estimate certificate =
          Certificate.bound(
              drawn.pathKl().stream().mapToDouble(Double::doubleValue).toArray(),
              Tensors.toDoubles(quadratic.of(drawn.x())),
              beta,
              new Estimate(-Math.log1p(beta) / 2, 0));
      double ratio = (1 + beta) * -Math.expm1(-2 * beta) / (2 * beta);
      double kl = (ratio - 1 - Math.log(ratio)) / 2;
      assertThat(certificate.value())
          .as("%s, KL %s", certificate, kl)
          .isGreaterThan(kl - 4 * certificate.standardError());
    }
  }

  private static Trajectory drawn(Prior prior, TiltOracle oracle, double beta, int images) {
    Integer[] samples = IntStream.range(0, images).boxed().toArray(Integer[]::new);
    return new GuidedSampler(prior, oracle.score(), TiltOracle.tilt(beta), new AncestralStep())
        .run(7, samples);
  }

  private static Estimate plugIn(TiltOracle oracle, double beta) {
    try (Prior prior = oracle.prior(STEPS);
        Trajectory drawn = drawn(prior, oracle, beta, 3000);
        Scope scope = Scope.open()) {
      return Estimate.ofMean(Tensors.toDoubles(oracle.score().of(drawn.x())));
    }
  }
}
