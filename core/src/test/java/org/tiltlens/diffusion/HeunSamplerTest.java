package org.tiltlens.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.NotFiniteException;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

class HeunSamplerTest {
  private static final double MEAN = 0.3;
  private static final double DEVIATION = 0.5;

  /** Of a Gaussian, pixel by pixel: E[x | y] = m + d^2 / (d^2 + sigma^2) (y - m). */
  private record GaussianDenoiser(double mean, double deviation) implements ContinuousDenoiser {
    @Override
    public Tensor clean(Tensor noisy, double[] sigmas, int[] labels) {
      double variance = deviation * deviation;
      double kept = variance / (variance + sigmas[0] * sigmas[0]);
      return Tensors.plus(Tensors.scale(Tensors.plus(noisy, -mean), kept), mean);
    }

    @Override
    public Tensor forward(Tensor x, double[] sigmas, int[] labels) {
      return clean(Tensors.scale(x, Math.hypot(1, sigmas[0])), sigmas, labels);
    }

    @Override
    public long[] imageShape() {
      return new long[] {1, 1, 3};
    }

    @Override
    public boolean learnsVariance() {
      return false;
    }

    @Override
    public int classes() {
      return 0;
    }

    @Override
    public Device device() {
      return Device.CPU;
    }

    @Override
    public void close() {}
  }

  /** The flow of a Gaussian is known: y - m keeps its share of sqrt(d^2 + sigma^2). */
  private static double[] exact(double[] noise, double from) {
    double kept = DEVIATION / Math.hypot(DEVIATION, from);
    return Arrays.stream(noise).map(z -> MEAN + kept * (from * z - MEAN)).toArray();
  }

  private static double error(int steps) {
    double[] noise = {-1.7, 0.2, 1.1};
    KarrasSigmas sigmas = KarrasSigmas.edm(steps);
    try (Scope scope = Scope.open()) {
      Tensor start = Tensors.float64(Tensors.doubles(noise, 1, 1, 1, 3));
      HeunSampler sampler = new HeunSampler(new GaussianDenoiser(MEAN, DEVIATION), sigmas);
      double[] drawn = Tensors.toDoubles(sampler.sample(start, null));
      double[] expected = exact(noise, sigmas.max());
      double worst = 0;
      for (int i = 0; i < drawn.length; i++) {
        worst = Math.max(worst, Math.abs(drawn[i] - expected[i]));
      }
      return worst;
    }
  }

  @Test
  void gaussiansFlowIsFollowedWithErrorsOfSecondOrder() {
    // By the same formulas in a few lines of Python.
    assertThat(error(18)).isCloseTo(0.047082112986696734, within(1e-9));
    double coarse = error(100);
    double fine = error(200);
    // Halving the steps quarters the error of a method of second order.
    assertThat(coarse / fine).isBetween(3.5, 4.5);
  }

  /** What the paper's formula gives, by hand: N = 3, rho = 1 is a line, rho = 2 a parabola. */
  @Test
  void levelsAreTheFormulas() {
    assertThat(new KarrasSigmas(3, 1, 9, 1).levels()).containsExactly(9, 5, 1);
    assertThat(new KarrasSigmas(3, 1, 9, 2).levels())
        .containsExactly(new double[] {9, 4, 1}, within(1e-12));
    double[] edm = KarrasSigmas.edm(18).levels();
    assertThat(edm[0]).isCloseTo(80, within(1e-9));
    assertThat(edm[17]).isCloseTo(0.002, within(1e-12));
  }

  @Test
  void scheduleOfTheSameNamePassesThroughTheLevels() {
    NoiseSchedule schedule = NoiseSchedule.named("karras:0.002:80:7", 18);
    double[] levels = KarrasSigmas.edm(18).levels();
    for (int t = 0; t < 18; t++) {
      double abar = schedule.alphaCumprod(t);
      assertThat(Math.sqrt((1 - abar) / abar) / levels[17 - t]).isCloseTo(1, within(1e-9));
    }
  }

  @Test
  void wrongLevelsAreRefused() {
    assertThatThrownBy(() -> new KarrasSigmas(1, 1, 2, 7)).hasMessageContaining("1 noise levels");
    assertThatThrownBy(() -> new KarrasSigmas(3, 2, 1, 7)).hasMessageContaining("from 1.0 to 2.0");
    assertThatThrownBy(() -> new KarrasSigmas(3, 1, 2, 0)).hasMessageContaining("rho 0.0");
    assertThatThrownBy(() -> NoiseSchedule.named("karras:1:2:x", 9))
        .hasMessageContaining("karras:MIN:MAX:RHO");
  }

  @Test
  void whatIsNotFiniteEndsTheWalk() {
    HeunSampler sampler = new HeunSampler(new GaussianDenoiser(Double.NaN, 1), KarrasSigmas.edm(4));
    try (Scope scope = Scope.open()) {
      assertThatThrownBy(() -> sampler.sample(Tensors.zeros(1, 1, 1, 3), null))
          .isInstanceOf(NotFiniteException.class);
    }
  }
}
