package org.tiltlens.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.tiltlens.diffusion.DiffusionPrior.Options;
import org.tiltlens.golden.Goldens;
import org.tiltlens.torch.Engine;
import org.tiltlens.torch.Lanes;
import org.tiltlens.torch.Noise;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;
import org.tiltlens.unet.RandomUnets;

@Tag("rounding")
class SamplingTest {
  private static final int COUNT = 2000;

  /** With how far the sampler's own limit may be from the Gaussian, in parts of its variance. */
  static Stream<Arguments> samplers() {
    return Stream.of(
        Arguments.of(new AncestralStep(), "ddim10", 0.01),
        Arguments.of(new AncestralStep(), "10,15,20", 0.01),
        Arguments.of(new DdimStep(0), "1000", 0.05),
        Arguments.of(new DdimStep(1), "1000", 0.08));
  }

  @ParameterizedTest
  @MethodSource("samplers")
  void samplesOfAGaussianHaveItsMeanAndVariance(ReverseStep step, String respacing, double bias) {
    NoiseSchedule schedule = NoiseSchedule.linear(1000).respaced(respacing);
    try (Prior prior = GaussianPriorTest.prior(schedule);
        Scope scope = Scope.open()) {
      Tensor x = Noise.normal(7, 0, 0, COUNT, 3, 1, 2);
      for (int t = schedule.steps() - 1; t >= 0; t--) {
        try (Scope each = Scope.open()) {
          Tensor z = Noise.normal(7, 1, t, COUNT, 3, 1, 2);
          x.copy_(step.step(schedule, prior.predict(x, t), x, t, z));
        }
      }
      double[] mean = Tensors.toDoubles(Tensors.mean(x, 0));
      double[] variance = Tensors.toDoubles(x.var(new long[] {0}, true));
      for (int i = 0; i < mean.length; i++) {
        double s = GaussianPriorTest.S[i];
        // Four and a half standard errors, sqrt(S / n) and S sqrt(2 / n): 48 numbers are checked.
        assertThat(mean[i])
            .as("mean %d", i)
            .isCloseTo(
                GaussianPriorTest.MU[i], within(Math.sqrt(s) * (4.5 / Math.sqrt(COUNT) + bias)));
        assertThat(variance[i])
            .as("variance %d", i)
            .isCloseTo(s, within(s * (4.5 * Math.sqrt(2.0 / COUNT) + bias)));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("samplers")
  void limitOfManySamplesIsTheGaussian(ReverseStep step, String respacing, double bias) {
    NoiseSchedule schedule = NoiseSchedule.linear(1000).respaced(respacing);
    try (Prior prior = GaussianPriorTest.prior(schedule);
        Scope scope = Scope.open()) {
      // Every step is linear in x and z, so it carries a mean and a variance over exactly.
      Tensor zero = Tensors.doubles(new double[6], 1, 3, 1, 2);
      Tensor one = Tensors.plus(zero, 1);
      Tensor mean = zero;
      Tensor variance = one;
      for (int t = schedule.steps() - 1; t >= 0; t--) {
        Tensor next = step(step, prior, mean, t, zero);
        Tensor slope = step(step, prior, mean.add(one), t, zero).sub(next);
        Tensor share = step(step, prior, mean, t, one).sub(next);
        variance = slope.mul(slope).mul(variance).add(share.mul(share));
        mean = next;
      }
      double[] m = Tensors.toDoubles(mean);
      double[] v = Tensors.toDoubles(variance);
      for (int i = 0; i < m.length; i++) {
        double s = GaussianPriorTest.S[i];
        assertThat(m[i])
            .as("mean %d", i)
            .isCloseTo(GaussianPriorTest.MU[i], within(bias * Math.sqrt(s)));
        assertThat(v[i]).as("variance %d", i).isCloseTo(s, within(bias * s));
      }
    }
  }

  private static Tensor step(ReverseStep step, Prior prior, Tensor x, int t, Tensor z) {
    return step.step(prior.schedule(), prior.predict(x, t), x, t, z);
  }

  @Test
  void ddimWithFullNoiseHasThePosteriorsMeanAndVariance() {
    NoiseSchedule schedule = NoiseSchedule.linear(1000).respaced("ddim20");
    try (Prior prior = GaussianPriorTest.prior(schedule);
        Scope scope = Scope.open()) {
      Tensor x = Noise.normal(1, 0, 0, 2, 3, 1, 2);
      Tensor z = Noise.normal(1, 0, 1, 2, 3, 1, 2);
      Tensor none = Tensors.zeros(2, 3, 1, 2);
      for (int t = 0; t < schedule.steps(); t++) {
        Prediction prediction = prior.predict(x, t);
        Tensor mean = new DdimStep(1).step(schedule, prediction, x, t, none);
        Goldens.assertClose(
            mean, schedule.posteriorMean(prediction.x0Hat(), x, t), 1e-5, "mean " + t);
        Tensor noisy = new DdimStep(1).step(schedule, prediction, x, t, z);
        Tensor noise = Tensors.scale(z, Math.sqrt(schedule.posteriorVariance(t)));
        Goldens.assertClose(noisy.sub(mean), noise, 1e-5, "noise " + t);
      }
    }
  }

  @Test
  void ddimWithoutNoiseIgnoresTheNoise() {
    NoiseSchedule schedule = NoiseSchedule.linear(1000).respaced("ddim20");
    try (Prior prior = GaussianPriorTest.prior(schedule);
        Scope scope = Scope.open()) {
      Tensor x = Noise.normal(1, 0, 0, 1, 3, 1, 2);
      Tensor nan = Tensors.full(Double.NaN, 1, 3, 1, 2);
      Tensor next = new DdimStep(0).step(schedule, prior.predict(x, 9), x, 9, nan);
      assertThat(Tensors.toFloats(next)).doesNotContain(Float.NaN);
    }
  }

  @Test
  void lastStepAddsNoNoise() {
    NoiseSchedule schedule = NoiseSchedule.linear(1000).respaced("ddim20");
    try (Prior prior = GaussianPriorTest.prior(schedule);
        Scope scope = Scope.open()) {
      Tensor x = Noise.normal(1, 0, 0, 1, 3, 1, 2);
      Tensor nan = Tensors.full(Double.NaN, 1, 3, 1, 2);
      Prediction prediction = prior.predict(x, 0);
      for (ReverseStep step : List.of(new AncestralStep(), new DdimStep(0), new DdimStep(1))) {
        Goldens.assertClose(
            step.step(schedule, prediction, x, 0, nan), prediction.x0Hat(), 1e-5, step.toString());
      }
    }
  }

  @Test
  void ddimEtaIsAShare() {
    assertThatThrownBy(() -> new DdimStep(1.5)).hasMessageContaining("must be between 0 and 1");
    assertThatThrownBy(() -> new DdimStep(Double.NaN)).hasMessageContaining("NaN");
  }

  /** A random network in ten steps. */
  private static Prior tiny() {
    return new DiffusionPrior(
        RandomUnets.random(RandomUnets.TINY),
        NoiseSchedule.linear(1000).respaced("ddim10"),
        Options.LEARNED_RANGE);
  }

  @Test
  void sampleDependsOnItsSeedAndIndexAlone() {
    try (Prior prior = tiny();
        Scope scope = Scope.open()) {
      UnguidedSampler sampler = new UnguidedSampler(prior, new AncestralStep());
      float[] alone = Tensors.toFloats(sampler.sample(45, 2));
      assertThat(alone).hasSize(3 * 16 * 16).doesNotContain(Float.NaN);
      List<float[]> beside =
          new Lanes(2, 1)
              .map(
                  4,
                  i -> {
                    try (Scope lane = Scope.open()) {
                      return Tensors.toFloats(sampler.sample(45, i));
                    }
                  });
      assertThat(beside.get(2)).isEqualTo(alone);
      assertThat(beside.get(1)).isNotEqualTo(alone);
      assertThat(Tensors.toFloats(sampler.sample(46, 2))).isNotEqualTo(alone);
    }
  }

  @Test
  void samplesDrawnTogetherAreThoseDrawnAlone() {
    try (Prior prior = tiny();
        Scope scope = Scope.open()) {
      UnguidedSampler sampler = new UnguidedSampler(prior, new AncestralStep());
      Tensor together = sampler.sample(45, 2, 0, 7);
      Tensor alone =
          Tensors.cat(
              List.of(sampler.sample(45, 2), sampler.sample(45, 0), sampler.sample(45, 7)), 0);
      assertThat(together.sub(alone).abs().max().item_double()).isLessThan(1e-4);
    }
  }

  @Test
  void samplerTakesItsNoiseInTheOrderOfTheSteps() {
    NoiseSchedule schedule = NoiseSchedule.linear(1000).respaced("ddim10");
    try (Prior prior = GaussianPriorTest.prior(schedule);
        Scope scope = Scope.open()) {
      Tensor x = Noise.normal(45, 3, 0, 1, 3, 1, 2);
      for (int n = 1; n <= 10; n++) {
        int t = 10 - n;
        Tensor z = Noise.normal(45, 3, n, 1, 3, 1, 2);
        x = new AncestralStep().step(schedule, prior.predict(x, t), x, t, z);
      }
      Tensor sampled = new UnguidedSampler(prior, new AncestralStep()).sample(45, 3);
      assertThat(Tensors.toFloats(sampled)).isEqualTo(Tensors.toFloats(x));
    }
  }

  @Test
  @Tag("slow")
  void memoryStaysFlatOverALongRun() {
    NoiseSchedule schedule = NoiseSchedule.linear(1000).respaced("200");
    try (Scope scope = Scope.open();
        Prior prior =
            new GaussianPrior(schedule, Tensors.zeros(3, 256, 256), Tensors.full(1, 3, 256, 256))) {
      UnguidedSampler sampler = new UnguidedSampler(prior, new AncestralStep());
      sampler.sample(1, 0);
      long before = Engine.residentBytes();
      sampler.sample(1, 1);
      // Keeping one image of every step would take 157 MB.
      assertThat(Engine.residentBytes() - before).isLessThan(80L << 20);
    }
  }
}
