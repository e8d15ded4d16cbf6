package org.tiltlens.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tiltlens.golden.Goldens;
import org.tiltlens.torch.Autograd;
import org.tiltlens.torch.Noise;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

class GaussianMixturePriorTest {
  private static final double[] WEIGHTS = {1, 2, 1};
  private static final double[] MU = {-2, 0.5, 3};
  private static final double[] S = {0.1, 0.5, 0.2};

  /** Three components of images of one pixel. */
  private static GaussianMixturePrior pixel(NoiseSchedule schedule) {
    try (Scope scope = Scope.open()) {
      return new GaussianMixturePrior(
          schedule,
          Tensors.doubles(WEIGHTS, 3),
          Tensors.doubles(MU, 3, 1, 1, 1),
          Tensors.doubles(S, 3, 1, 1, 1));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 10, 30, 49})
  void momentsAreThePosteriors(int t) {
    NoiseSchedule schedule = NoiseSchedule.linear(50);
    double abar = schedule.alphaCumprod(t);
    try (Prior prior = pixel(schedule);
        Scope scope = Scope.open()) {
      for (double x : new double[] {-1.5, -0.3, 0.4, 1.6}) {
        Tensor xt = Autograd.leaf(Tensors.doubles(new double[] {x}, 1, 1, 1, 1));
        Prediction prediction = prior.predict(xt, t);
        double[] exact = integrated(x, abar);
        double coef1 = schedule.posteriorMeanCoef1(t);
        assertThat(prediction.x0Hat().item_double()).isCloseTo(exact[0], within(1e-9));
        assertThat(prediction.mean().item_double())
            .isCloseTo(coef1 * exact[0] + schedule.posteriorMeanCoef2(t) * x, within(1e-9));
        assertThat(prediction.variance().item_double())
            .isCloseTo(schedule.posteriorVariance(t) + coef1 * coef1 * exact[1], within(1e-9));
        // The denoiser's slope is the posterior variance, sqrt(abar) / (1 - abar) times.
        assertThat(Autograd.gradient(prediction.x0Hat().sum(), xt).item_double())
            .isCloseTo(Math.sqrt(abar) / (1 - abar) * exact[1], within(1e-8));
      }
    }
  }

  /** E[x0 | x] and Var[x0 | x] by summing p(x0) q(x | x0) over a fine grid. */
  private static double[] integrated(double x, double abar) {
    double weights = 0;
    double sum = 0;
    double squares = 0;
    for (double x0 = -5; x0 <= 6; x0 += 5e-4) {
      double density = 0;
      for (int k = 0; k < 3; k++) {
        density += WEIGHTS[k] / Math.sqrt(S[k]) * Math.exp(-Math.pow(x0 - MU[k], 2) / (2 * S[k]));
      }
      double noise = x - Math.sqrt(abar) * x0;
      double weight = density * Math.exp(-noise * noise / (2 * (1 - abar)));
      weights += weight;
      sum += weight * x0;
      squares += weight * x0 * x0;
    }
    double mean = sum / weights;
    return new double[] {mean, squares / weights - mean * mean};
  }

  @Test
  void oneComponentIsTheGaussianPrior() {
    NoiseSchedule schedule = NoiseSchedule.linear(50);
    try (Scope scope = Scope.open();
        Prior gaussian = GaussianPriorTest.prior(schedule);
        Prior mixture =
            new GaussianMixturePrior(
                schedule,
                Tensors.full(7, 1),
                Tensors.doubles(GaussianPriorTest.MU, 1, 3, 1, 2),
                Tensors.doubles(GaussianPriorTest.S, 1, 3, 1, 2))) {
      assertThat(mixture.imageShape()).isEqualTo(gaussian.imageShape());
      Tensor x = Noise.normal(1, 0, 0, 4, 3, 1, 2);
      for (int t : new int[] {0, 20, 49}) {
        Prediction expected = gaussian.predict(x, t);
        Prediction prediction = mixture.predict(x, t);
        Goldens.assertClose(prediction.x0Hat(), expected.x0Hat(), 1e-6, "x0Hat");
        Goldens.assertClose(prediction.mean(), expected.mean(), 1e-6, "mean");
        Goldens.assertClose(prediction.variance(), expected.variance(), 1e-6, "variance");
      }
    }
  }

  @Test
  void manyStepsSampleTheMixture() {
    int count = 4000;
    NoiseSchedule schedule = NoiseSchedule.linear(1000).respaced("250");
    try (Prior prior = pixel(schedule);
        Scope scope = Scope.open()) {
      Tensor x = Noise.normal(7, 0, 0, count, 1, 1, 1);
      for (int t = schedule.steps() - 1; t >= 0; t--) {
        try (Scope each = Scope.open()) {
          Tensor z = Noise.normal(7, 1, t, count, 1, 1, 1);
          x.copy_(new AncestralStep().step(schedule, prior.predict(x, t), x, t, z));
        }
      }
      // The components hardly overlap at these borders.
      double[] share = new double[3];
      for (double each : Tensors.toDoubles(x)) {
        share[each < -1 ? 0 : each < 2 ? 1 : 2] += 1.0 / count;
      }
      for (int k = 0; k < 3; k++) {
        double pi = WEIGHTS[k] / 4;
        assertThat(share[k])
            .as("share of component %d", k)
            .isCloseTo(pi, within(4 * Math.sqrt(pi * (1 - pi) / count) + 0.015));
      }
      assertThat(x.mean().item_double()).isCloseTo(0.5, within(4 * Math.sqrt(3.5 / count)));
    }
  }

  @Test
  void parametersMustFit() {
    NoiseSchedule schedule = NoiseSchedule.linear(100);
    try (Scope scope = Scope.open()) {
      Tensor two = Tensors.full(1, 2, 1, 1, 1);
      assertThatThrownBy(() -> new GaussianMixturePrior(schedule, Tensors.full(1, 3), two, two))
          .hasMessageContaining("not 3, 2x1x1x1");
      assertThatThrownBy(() -> new GaussianMixturePrior(schedule, Tensors.full(0, 2), two, two))
          .hasMessageContaining("positive weights");
    }
  }
}
