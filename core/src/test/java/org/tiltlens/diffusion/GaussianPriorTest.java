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
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

class GaussianPriorTest {
  static final double[] MU = {0, 0.5, -2, 3, 0.1, -0.4};
  static final double[] S = {1, 0.25, 0.01, 2, 4, 0.5};

  static GaussianPrior prior(NoiseSchedule schedule) {
    try (Scope scope = Scope.open()) {
      return new GaussianPrior(schedule, Tensors.doubles(MU, 3, 1, 2), Tensors.doubles(S, 3, 1, 2));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 10, 49})
  void x0HatIsThePosteriorMean(int t) {
    NoiseSchedule schedule = NoiseSchedule.linear(50);
    double[] x = {0.3, -1, -1.8, 0.7, -0.2, 1};
    try (Prior prior = prior(schedule);
        Scope scope = Scope.open()) {
      double[] x0Hat = Tensors.toDoubles(prior.predict(Tensors.doubles(x, 1, 3, 1, 2), t).x0Hat());
      for (int i = 0; i < x.length; i++) {
        assertThat(x0Hat[i])
            .isCloseTo(integrated(x[i], MU[i], S[i], schedule.alphaCumprod(t)), within(1e-6));
      }
    }
  }

  /** E[x0 | x] by summing p(x0) q(x | x0) over a fine grid. */
  private static double integrated(double x, double mu, double s, double abar) {
    double weights = 0;
    double sum = 0;
    double step = Math.sqrt(Math.min(s, (1 - abar) / abar)) / 50;
    double half = 9 * Math.sqrt(s);
    for (double x0 = mu - half; x0 <= mu + half; x0 += step) {
      double noise = x - Math.sqrt(abar) * x0;
      double weight = Math.exp(-(x0 - mu) * (x0 - mu) / (2 * s) - noise * noise / (2 * (1 - abar)));
      weights += weight;
      sum += weight * x0;
    }
    return sum / weights;
  }

  @ParameterizedTest
  @ValueSource(strings = {"1000", "ddim20", "2"})
  void transitionCarriesOneMarginalExactlyIntoTheNext(String respacing) {
    NoiseSchedule schedule = NoiseSchedule.linear(1000).respaced(respacing);
    try (Prior prior = prior(schedule);
        Scope scope = Scope.open()) {
      for (int t = 0; t < schedule.steps(); t += Math.max(1, schedule.steps() / 20)) {
        double abar = schedule.alphaCumprod(t);
        double before = schedule.alphaCumprodPrev(t);
        double[] centre = new double[MU.length];
        double[] shifted = new double[MU.length];
        for (int i = 0; i < MU.length; i++) {
          centre[i] = Math.sqrt(abar) * MU[i];
          shifted[i] = centre[i] + 1;
        }
        Prediction there = prior.predict(Tensors.doubles(centre, 1, 3, 1, 2), t);
        double[] mean = Tensors.toDoubles(there.mean());
        double[] slopeEnd =
            Tensors.toDoubles(prior.predict(Tensors.doubles(shifted, 1, 3, 1, 2), t).mean());
        double[] variance = Tensors.toDoubles(there.variance());
        for (int i = 0; i < MU.length; i++) {
          double slope = slopeEnd[i] - mean[i];
          double marginal = slope * slope * (abar * S[i] + 1 - abar) + variance[i];
          assertThat(mean[i]).isCloseTo(Math.sqrt(before) * MU[i], within(1e-9));
          assertThat(marginal).isCloseTo(before * S[i] + 1 - before, within(1e-9));
        }
      }
    }
  }

  @Test
  void gradientOfX0HatIsItsSlope() {
    NoiseSchedule schedule = NoiseSchedule.cosine(30);
    try (Prior prior = prior(schedule);
        Scope scope = Scope.open()) {
      Tensor x = Autograd.leaf(Tensors.zeros(2, 3, 1, 2));
      Prediction prediction = prior.predict(x, 12);
      assertThat(Tensors.shape(prediction.variance())).containsExactly(2, 3, 1, 2);
      double abar = schedule.alphaCumprod(12);
      double[] slope = new double[2 * S.length];
      for (int i = 0; i < slope.length; i++) {
        double s = S[i % S.length];
        slope[i] = Math.sqrt(abar) * s / (abar * s + 1 - abar);
      }
      Goldens.assertClose(
          Autograd.gradient(prediction.x0Hat().sum(), x),
          Tensors.doubles(slope, 2, 3, 1, 2),
          1e-6,
          "gradient");
    }
  }

  @Test
  void parametersMustBeAMeanAndAPositiveVariance() {
    try (Scope scope = Scope.open()) {
      assertThatThrownBy(
              () ->
                  new GaussianPrior(
                      NoiseSchedule.linear(100), Tensors.zeros(3, 2, 2), Tensors.zeros(3, 2, 2)))
          .hasMessageContaining("positive variance");
      assertThatThrownBy(
              () ->
                  new GaussianPrior(
                      NoiseSchedule.linear(100), Tensors.zeros(4), Tensors.full(1, 4)))
          .hasMessageContaining("not 4 and 4");
    }
  }
}
