package org.tiltlens.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Optional;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.tiltlens.feature.Objective;
import org.tiltlens.golden.Goldens;
import org.tiltlens.synthesis.Guidance;
import org.tiltlens.synthesis.GuidedSampler;
import org.tiltlens.synthesis.Strength;
import org.tiltlens.synthesis.Trajectory;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Noise;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/** The exact network of a Gaussian prior, whatever it was trained to tell. */
class PredictsTest {
  private static final NoiseSchedule TRAINED = NoiseSchedule.cosine(100);
  private static final NoiseSchedule SCHEDULE = TRAINED.respaced("10");

  /** Tells what is asked of it. */
  private record Exact(GaussianPrior prior, Predicts told) implements Denoiser {
    @Override
    public Tensor forward(Tensor x, double[] timesteps, int[] labels) {
      return Tensors.cat(
          IntStream.range(0, timesteps.length)
              .mapToObj(i -> one(x.narrow(0, i, 1), (int) timesteps[i]))
              .toList(),
          0);
    }

    private Tensor one(Tensor x, int t) {
      double signal = Math.sqrt(TRAINED.alphaCumprod(t));
      double noise = Math.sqrt(1 - TRAINED.alphaCumprod(t));
      Tensor x0 = prior.predict(x, t).x0Hat();
      Tensor epsilon = Tensors.scale(x.sub(Tensors.scale(x0, signal)), 1 / noise);
      return switch (told) {
        case EPSILON -> epsilon;
        case V -> Tensors.scale(epsilon, signal).sub(Tensors.scale(x0, noise));
        case X0 -> x0;
      };
    }

    @Override
    public long[] imageShape() {
      return prior.imageShape();
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
    public void close() {
      prior.close();
    }
  }

  private static DiffusionPrior prior(Predicts told) {
    return new DiffusionPrior(
        new Exact(GaussianPriorTest.prior(TRAINED), told),
        SCHEDULE,
        new DiffusionPrior.Options(
            VarianceType.FIXED_SMALL, false, Told.STEP, Optional.empty(), told));
  }

  @ParameterizedTest
  @EnumSource
  void estimateAndMeanAreTheExactOnes(Predicts told) {
    try (DiffusionPrior prior = prior(told);
        GaussianPrior exact = GaussianPriorTest.prior(TRAINED);
        Scope scope = Scope.open()) {
      Tensor x = Tensors.float64(Noise.normal(1, 0, 0, 2, 3, 1, 2));
      for (int t = 0; t < SCHEDULE.steps(); t++) {
        Prediction said = prior.predict(x, t);
        Tensor x0 = exact.predict(x, SCHEDULE.timestep(t)).x0Hat();
        Goldens.assertClose(said.x0Hat(), x0, 1e-9, told + " x0 at " + t);
        Tensor mean = SCHEDULE.posteriorMean(x0, x, t);
        Goldens.assertClose(said.mean(), mean, 1e-9, told + " mean at " + t);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"V", "X0"})
  void boundAndTiltAreThoseOfTheNoisesNetwork(Predicts told) {
    try (DiffusionPrior prior = prior(told);
        DiffusionPrior noise = prior(Predicts.EPSILON);
        Scope scope = Scope.open()) {
      Tensor image = Tensors.scale(Noise.normal(2, 0, 0, 1, 3, 1, 2), 0.3);
      double bound = new VariationalBound(noise).bitsPerDim(image, 1, 0);
      assertThat(new VariationalBound(prior).bitsPerDim(image, 1, 0) / bound)
          .isBetween(1 - 1e-4, 1 + 1e-4);
      try (Trajectory one = tilted(prior);
          Trajectory other = tilted(noise)) {
        Goldens.assertClose(one.x(), other.x(), Goldens.LOOSE, told + " tilted");
        assertThat(one.pathKl().get(0) / other.pathKl().get(0)).isBetween(0.999, 1.001);
      }
    }
  }

  private static Trajectory tilted(Prior prior) {
    Guidance tilt = new Guidance.Tilt(2, new Objective.Maximize(), Strength.FULL);
    return new GuidedSampler(
            prior, images -> Tensors.mean(images, 1, 2, 3), tilt, new AncestralStep())
        .run(4, 0);
  }

  @Test
  void wordIsKnownOrRefused() {
    assertThat(Predicts.parse("v")).isEqualTo(Predicts.V);
    assertThatThrownBy(() -> Predicts.parse("noise"))
        .hasMessage("prediction 'noise': expected epsilon, v or x0");
  }
}
