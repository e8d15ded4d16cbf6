package org.tiltlens.synthesis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.offset;
import static org.assertj.core.data.Percentage.withPercentage;

import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.tiltlens.diffusion.AncestralStep;
import org.tiltlens.diffusion.DdimStep;
import org.tiltlens.diffusion.DpmSolver;
import org.tiltlens.diffusion.GaussianPrior;
import org.tiltlens.diffusion.HeunStep;
import org.tiltlens.diffusion.LcmStep;
import org.tiltlens.diffusion.NoiseSchedule;
import org.tiltlens.diffusion.Prediction;
import org.tiltlens.diffusion.ReverseStep;
import org.tiltlens.diffusion.UnguidedSampler;
import org.tiltlens.feature.Objective;
import org.tiltlens.feature.Score;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/**
 * The closed forms: prior N(mu, S), score w.x, so q_beta = N(mu + beta S w, S) and KL(q||p) =
 * beta^2 w'Sw / 2.
 */
class GuidedSamplerTest {
  private static final double[] MU = {0.5, -1, 0, 2};
  private static final double[] S = {0.5, 1, 2, 0.25};
  private static final double[] W = {1, -0.5, 0.3, 2};
  private static final double BETA = 0.8;

  private Scope scope;

  @BeforeEach
  void open() {
    scope = Scope.open();
  }

  @AfterEach
  void close() {
    scope.close();
  }

  private static GaussianPrior gaussian(int steps) {
    return gaussian(NoiseSchedule.linear(1000).respaced(Integer.toString(steps)));
  }

  private static GaussianPrior gaussian(NoiseSchedule schedule) {
    return new GaussianPrior(schedule, Tensors.doubles(MU, 1, 2, 2), Tensors.doubles(S, 1, 2, 2));
  }

  private static final Score LINEAR =
      images -> Tensors.sum(images.mul(Tensors.doubles(W, 1, 1, 2, 2).to(images)), 1, 2, 3);

  private static Guidance tilt(double beta) {
    return new Guidance.Tilt(beta, new Objective.Maximize(), Strength.FULL);
  }

  private static Guidance constant(double scale, Objective objective) {
    return new Guidance.Constant(scale, objective, Strength.FULL);
  }

  private static Integer[] samples(int count) {
    return IntStream.range(0, count).boxed().toArray(Integer[]::new);
  }

  /** Means of each of the four elements over the samples. */
  private static double[] means(Trajectory trajectory) {
    return Tensors.toDoubles(Tensors.mean(trajectory.x(), 0));
  }

  @Test
  void ancestralTiltOfAGaussianIsTheShiftedGaussian() {
    int count = 600;
    try (GaussianPrior prior = gaussian(250);
        Trajectory drawn =
            new GuidedSampler(prior, LINEAR, tilt(BETA), new AncestralStep())
                .run(7, samples(count))) {
      double[] mean = means(drawn);
      double[] x = Tensors.toDoubles(drawn.x());
      for (int d = 0; d < 4; d++) {
        int dimension = d;
        double standardError = Math.sqrt(S[d] / count);
        double wanted = MU[d] + BETA * S[d] * W[d];
        // 4 standard errors, and 1 % of the shift for 250 steps being finitely many.
        assertThat(mean[d])
            .as("mean of element " + d)
            .isCloseTo(wanted, offset(4 * standardError + 0.01 * Math.abs(wanted - MU[d])));
        double variance =
            IntStream.range(0, count)
                .mapToDouble(i -> Math.pow(x[4 * i + dimension] - mean[dimension], 2))
                .average()
                .orElseThrow();
        assertThat(variance / S[d])
            .as("variance of element " + d)
            .isBetween(1 - 4 * Math.sqrt(2.0 / count), 1 + 4 * Math.sqrt(2.0 / count));
      }
    }
  }

  @Test
  void oneImageIsThatOfTheRunClipped() {
    try (GaussianPrior prior = gaussian(20)) {
      GuidedSampler sampler = new GuidedSampler(prior, LINEAR, tilt(BETA), new AncestralStep());
      try (Trajectory drawn = sampler.run(7, 3)) {
        float[] wanted = Tensors.toFloats(Tensors.clamp(drawn.x(), -1, 1));
        assertThat(Tensors.toFloats(sampler.synthesize(7, 3))).isEqualTo(wanted);
      }
    }
  }

  @Test
  void ddimTiltOfAGaussianShiftsItsMean() {
    int count = 300;
    try (GaussianPrior prior = gaussian(250);
        Trajectory drawn =
            new GuidedSampler(prior, LINEAR, tilt(BETA), new DdimStep(0)).run(7, samples(count))) {
      double[] mean = means(drawn);
      for (int d = 0; d < 4; d++) {
        double wanted = MU[d] + BETA * S[d] * W[d];
        double standardError = Math.sqrt(S[d] / count);
        assertThat(Math.abs(mean[d] - wanted))
            .isLessThan(4 * standardError + 0.02 * Math.abs(wanted - MU[d]));
      }
    }
  }

  static Stream<ReverseStep> ofSecondOrder() {
    return Stream.of(new DpmSolver(), new HeunStep());
  }

  /** With twice the steps less than a quarter of the error is left. */
  @ParameterizedTest
  @MethodSource("ofSecondOrder")
  void secondOrderStepsTiltTheFlow(ReverseStep form) {
    double coarse = shiftError(form, "ddim25");
    double fine = shiftError(form, "ddim50");
    assertThat(coarse / fine).isGreaterThan(4);
    assertThat(fine).isLessThan(shiftError(new DdimStep(0), "ddim50") / 3);
  }

  /**
   * Largest relative distance of the images' shift from that of the exact flows: {@code beta S w},
   * but for what is missing at the start, where both are the same noise.
   */
  private static double shiftError(ReverseStep form, String respacing) {
    NoiseSchedule schedule = NoiseSchedule.cosine(1000).respaced(respacing);
    try (GaussianPrior prior = gaussian(schedule);
        Trajectory tilted = new GuidedSampler(prior, LINEAR, tilt(BETA), form).run(7, 0);
        Trajectory natural = new GuidedSampler(prior, LINEAR, tilt(0), form).run(7, 0)) {
      assertThat(tilted.pathKl()).containsOnly(Double.NaN);
      assertThat(tilted.before()).as("nothing goes on from clean images").isNull();
      double[] shift = Tensors.toDoubles(tilted.x().sub(natural.x()));
      double last = schedule.alphaCumprod(0);
      double first = schedule.alphaCumprod(schedule.steps() - 1);
      double worst = 0;
      for (int d = 0; d < 4; d++) {
        double variances = (last * S[d] + 1 - last) * (first * S[d] + 1 - first);
        double exact = BETA * S[d] * W[d] * (1 - S[d] * Math.sqrt(last * first / variances));
        worst = Math.max(worst, Math.abs(shift[d] / exact - 1));
      }
      return worst;
    }
  }

  /** Each step is linear, so the shift of the images' mean is that of the noise's mean, 0. */
  @Test
  void stepsOfALatentConsistencyModelAreShifted() {
    NoiseSchedule schedule = NoiseSchedule.linear(1000).respaced("lcm4");
    try (GaussianPrior prior = gaussian(schedule);
        Trajectory tilted = new GuidedSampler(prior, LINEAR, tilt(BETA), new LcmStep()).run(7, 0);
        Trajectory natural = new GuidedSampler(prior, LINEAR, tilt(0), new LcmStep()).run(7, 0)) {
      double[] shift = Tensors.toDoubles(tilted.x().sub(natural.x()));
      for (int d = 0; d < 4; d++) {
        double x = 0;
        for (int t = schedule.steps() - 1; t >= 0; t--) {
          double abar = schedule.alphaCumprod(t);
          double slope = Math.sqrt(abar) * S[d] / (abar * S[d] + 1 - abar);
          double guided = slope * x + BETA * (1 - abar) / Math.sqrt(abar) * slope * W[d];
          double u = 10.0 * schedule.timestep(t);
          double clean = 0.25 / (u * u + 0.25) * x + u / Math.sqrt(u * u + 0.25) * guided;
          x = Math.sqrt(schedule.alphaCumprodPrev(t)) * clean;
        }
        assertThat(shift[d]).isCloseTo(x, offset(1e-4));
        // Four steps of a prior that was not distilled come near the tilt's own shift.
        assertThat(x / (BETA * S[d] * W[d])).isBetween(0.8, 1.01);
      }
    }
  }

  @Test
  void pathKlOfAGaussianTiltIsTheKlOfTheTilt() {
    double exact = 0;
    for (int d = 0; d < 4; d++) {
      exact += BETA * BETA * W[d] * S[d] * W[d] / 2;
    }
    try (GaussianPrior prior = gaussian(1000);
        Trajectory drawn =
            new GuidedSampler(prior, LINEAR, tilt(BETA), new AncestralStep()).run(3, 0, 1)) {
      // With a linear score the shift is the same for every sample, so two samples have no spread.
      assertThat(drawn.pathKl().get(0)).isCloseTo(drawn.pathKl().get(1), withPercentage(1e-4));
      assertThat(drawn.pathKl().get(0)).isCloseTo(exact, withPercentage(2));
    }
  }

  /** The last step moves images as every other does, so it counts as one of Sigma_0. */
  @Test
  void theLastStepOfConstantGuidanceIsCounted() {
    try (GaussianPrior prior = gaussian(50);
        Scope scope = Scope.open()) {
      GuidedSampler sampler =
          new GuidedSampler(
              prior, LINEAR, constant(0.1, new Objective.Maximize()), new AncestralStep());
      Trajectory before = sampler.start(1, List.of(0));
      for (int step = 0; step < 49; step++) {
        before = sampler.advance(before);
      }
      double counted = before.pathKl().get(0);
      Prediction natural = prior.predict(before.x().clone(), 0);
      try (Trajectory end = sampler.advance(before)) {
        Tensor moved = end.x().sub(natural.mean()).square().div(natural.variance());
        assertThat(end.pathKl().get(0) - counted)
            .isCloseTo(moved.sum().item_double() / 2, withPercentage(0.01))
            .isGreaterThan(counted);
      }
    }
  }

  @Test
  @Tag("rounding")
  void betaZeroIsThePriorBitForBit() {
    for (ReverseStep form :
        List.of(
            new AncestralStep(),
            new DdimStep(0.3),
            new DpmSolver(),
            new HeunStep(),
            new LcmStep())) {
      try (GaussianPrior prior = gaussian(50);
          Trajectory drawn = new GuidedSampler(prior, LINEAR, tilt(0), form).run(11, 5)) {
        Tensor unguided = new UnguidedSampler(prior, form).sample(11, 5);
        assertThat(drawn.x().equal(unguided)).isTrue();
        assertThat(drawn.pathKl()).containsExactly(0.0);
      }
    }
  }

  @Test
  @Tag("rounding")
  void aBatchIsItsSamplesOneByOne() {
    try (GaussianPrior prior = gaussian(50)) {
      GuidedSampler sampler = new GuidedSampler(prior, LINEAR, tilt(BETA), new AncestralStep());
      try (Trajectory both = sampler.run(45, 3, 8);
          Trajectory alone = sampler.run(45, 8)) {
        assertThat(both.x().narrow(0, 1, 1).equal(alone.x())).isTrue();
        assertThat(both.pathKl().get(1)).isEqualTo(alone.pathKl().get(0));
      }
    }
  }

  @Test
  @Tag("rounding")
  void aStoppedTrajectoryGoesOnToTheSameBits() {
    try (GaussianPrior prior = gaussian(50)) {
      GuidedSampler sampler = new GuidedSampler(prior, LINEAR, tilt(BETA), new AncestralStep());
      Trajectory stopped = sampler.start(45, List.of(2));
      for (int i = 0; i < 17; i++) {
        stopped = sampler.advance(stopped);
      }
      float[] saved = Tensors.toFloats(stopped.x());
      stopped.close();
      Trajectory resumed =
          new Trajectory(
              45,
              List.of(2),
              17,
              Scope.keepForever(Tensors.floats(saved, 1, 1, 2, 2)),
              stopped.pathKl(),
              stopped.score());
      while (!sampler.isDone(resumed)) {
        resumed = sampler.advance(resumed);
      }
      try (Trajectory whole = sampler.run(45, 2)) {
        assertThat(resumed.x().equal(whole.x())).isTrue();
        assertThat(resumed.pathKl()).isEqualTo(whole.pathKl());
      }
      resumed.close();
    }
  }

  @Test
  void constantGuidanceAddsTheScaledGradientToThePriorsSample() {
    try (GaussianPrior prior = gaussian(50)) {
      GuidedSampler guided =
          new GuidedSampler(
              prior, LINEAR, constant(0.1, new Objective.Maximize()), new AncestralStep());
      GuidedSampler natural = new GuidedSampler(prior, LINEAR, tilt(0), new AncestralStep());
      try (Trajectory one = guided.advance(guided.start(1, List.of(0)));
          Trajectory other = natural.advance(natural.start(1, List.of(0)))) {
        double[] difference = Tensors.toDoubles(one.x().sub(other.x()));
        double abar = prior.schedule().alphaCumprod(49);
        for (int d = 0; d < 4; d++) {
          // d/dx_t of w.x0Hat, from the Gaussian's denoiser.
          double gradient = W[d] * Math.sqrt(abar) * S[d] / (abar * S[d] + 1 - abar);
          assertThat(difference[d]).isCloseTo(0.1 * gradient, offset(1e-6));
        }
      }
    }
  }

  @Test
  void aReachedCapStopsTheGuidance() {
    try (GaussianPrior prior = gaussian(50);
        Trajectory capped =
            new GuidedSampler(
                    prior, LINEAR, constant(5, new Objective.Clip(-1e6)), new AncestralStep())
                .run(1, 0);
        Trajectory natural =
            new GuidedSampler(prior, LINEAR, tilt(0), new AncestralStep()).run(1, 0)) {
      assertThat(capped.x().equal(natural.x())).isTrue();
    }
  }

  @Test
  void nothingHasAGraphAfterwards() {
    try (GaussianPrior prior = gaussian(10);
        Trajectory drawn =
            new GuidedSampler(prior, LINEAR, tilt(1), new AncestralStep()).run(1, 0)) {
      assertThat(drawn.x().requires_grad()).isFalse();
    }
  }

  /**
   * N(0, 1) with s = -x^2 / 2: the tilt has variance 1 / (1 + beta). Plug-in guidance does not,
   * since E[s(x_0) | x_t] is not s(E[x_0 | x_t]): with x0_hat = sqrt(abar) x_t, the limit of many
   * steps solves to (1 - exp(-2 beta)) / (2 beta) for ancestral and to exp(-beta) for deterministic
   * DDIM steps.
   */
  @Test
  void plugInGuidanceIsBiasedForAQuadraticScore() {
    for (double beta : new double[] {0.5, 1, 3}) {
      assertVariance(beta, new AncestralStep(), -Math.expm1(-2 * beta) / (2 * beta));
      assertVariance(beta, new DdimStep(0), Math.exp(-beta));
    }
  }

  /** An image of 256 independent pixels gives 256 draws. */
  private static void assertVariance(double beta, ReverseStep form, double expected) {
    int images = 40;
    Score quadratic = x -> Tensors.scale(Tensors.sum(x.mul(x), 1, 2, 3), -0.5);
    NoiseSchedule schedule = NoiseSchedule.linear(1000).respaced("500");
    try (GaussianPrior prior =
            new GaussianPrior(schedule, Tensors.zeros(1, 16, 16), Tensors.full(1, 1, 16, 16));
        Trajectory drawn =
            new GuidedSampler(prior, quadratic, tilt(beta), form).run(5, samples(images))) {
      double variance = drawn.x().mul(drawn.x()).mean().item_double();
      double relativeError = Math.sqrt(2.0 / (images * 256));
      assertThat(variance)
          .as(form + " at beta " + beta)
          // 4 standard errors, and 2 % for finitely many steps.
          .isCloseTo(expected, offset((4 * relativeError + 0.02) * expected));
      assertThat(1 / (1 + beta) - variance).as("bias").isGreaterThan(0.02);
    }
  }
}
