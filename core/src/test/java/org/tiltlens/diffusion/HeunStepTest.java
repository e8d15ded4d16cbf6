package org.tiltlens.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.tiltlens.golden.Goldens;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/** The flow of N(0.3, 0.5^2), as {@link HeunSamplerTest} has it, in the levels of a schedule. */
class HeunStepTest {
  private static final double MEAN = 0.3;
  private static final double DEVIATION = 0.5;
  private static final double[] NOISE = {-1.7, 0.2, 1.1};

  private static Prior prior(NoiseSchedule schedule) {
    try (Scope scope = Scope.open()) {
      return new GaussianPrior(
          schedule, Tensors.full(MEAN, 1, 1, 3), Tensors.full(DEVIATION * DEVIATION, 1, 1, 3));
    }
  }

  /** Largest distance from the exact flow at 18 levels or others of EDM. */
  private static double error(int steps) {
    NoiseSchedule schedule = NoiseSchedule.named("karras:0.002:80:7", steps);
    double sigma = 80;
    try (Prior prior = prior(schedule);
        Scope scope = Scope.open()) {
      // EDM starts at sigma z, a schedule at its own multiple of z.
      Tensor x =
          Tensors.float64(
              Tensors.scale(Tensors.doubles(NOISE, 1, 1, 1, 3), sigma / Math.hypot(1, sigma)));
      for (int t = steps - 1; t >= 0; t--) {
        x = new HeunStep().step(schedule, prior.predict(x, t), null, prior::predict, x, t, null);
      }
      double[] end = Tensors.toDoubles(x);
      double kept = DEVIATION / Math.hypot(DEVIATION, sigma);
      double worst = 0;
      for (int i = 0; i < end.length; i++) {
        double exact = MEAN + kept * (sigma * NOISE[i] - MEAN);
        worst = Math.max(worst, Math.abs(end[i] - exact));
      }
      return worst;
    }
  }

  @Test
  void atEdmsLevelsItIsEdmsSampler() {
    // By the formulas of the paper in a few lines of Python, as of HeunSampler.
    assertThat(error(18)).isCloseTo(0.047082112986696734, within(1e-7));
    assertThat(error(100) / error(200)).isBetween(3.5, 4.5);
  }

  @Test
  void theLastStepIsTheCleanEstimate() {
    NoiseSchedule schedule = NoiseSchedule.linear(1000).respaced("ddim5");
    try (Prior prior = prior(schedule);
        Scope scope = Scope.open()) {
      Tensor x = Tensors.doubles(NOISE, 1, 1, 1, 3);
      ReverseStep.Ahead none =
          (at, t) -> {
            throw new IllegalStateException("there is nothing ahead");
          };
      Prediction here = prior.predict(x, 0);
      Goldens.assertClose(
          new HeunStep().step(schedule, here, null, none, x, 0, null), here.x0Hat(), 1e-5, "x0");
    }
  }
}
