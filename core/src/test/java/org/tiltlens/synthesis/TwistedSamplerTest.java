package org.tiltlens.synthesis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.concurrent.atomic.AtomicInteger;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.tiltlens.diffusion.AncestralStep;
import org.tiltlens.diffusion.GaussianPrior;
import org.tiltlens.diffusion.NoiseSchedule;
import org.tiltlens.diffusion.Prior;
import org.tiltlens.diffusion.UnguidedSampler;
import org.tiltlens.feature.Objective;
import org.tiltlens.feature.Ramp;
import org.tiltlens.feature.Score;
import org.tiltlens.fixture.LiveNative;
import org.tiltlens.fixture.RandomPipeline;
import org.tiltlens.torch.Batching;
import org.tiltlens.torch.Lanes;
import org.tiltlens.torch.Noise;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

class TwistedSamplerTest {
  private static final TiltOracle MIXTURE = TiltOracle.random(2, 3, 1);
  private static final Batching ONE_BY_ONE = Batching.oneByOne(new Lanes(1, 1));

  private Scope scope;

  @BeforeEach
  void open() {
    scope = Scope.open();
  }

  @AfterEach
  void close() {
    scope.close();
  }

  private static TwistedSampler always(Prior prior, int particles, Batching batching) {
    return always(prior, particles, batching, Noise::normal);
  }

  private static TwistedSampler always(
      Prior prior, int particles, Batching batching, GuidedSampler.NoiseSource source) {
    Guidance.Tilt tilt = TiltOracle.tilt(2);
    return new TwistedSampler(prior, MIXTURE.score(), tilt, particles, 1, batching, source);
  }

  @Test
  @Tag("rounding")
  void lanesChangeNoBit() {
    try (Prior prior = MIXTURE.prior("20");
        TwistedSamples one = always(prior, 9, ONE_BY_ONE).run(3);
        TwistedSamples other = always(prior, 9, Batching.oneByOne(new Lanes(3, 1))).run(3)) {
      assertThat(one.resampled()).isNotEmpty();
      assertThat(one.x().equal(other.x())).isTrue();
      assertThat(one.estimate()).isEqualTo(other.estimate());
      assertThat(one.ess()).isEqualTo(other.ess());
    }
  }

  @Test
  @Tag("rounding")
  void groupsChangeNothingButRounding() {
    try (Prior prior = MIXTURE.prior("20");
        TwistedSamples one = always(prior, 9, ONE_BY_ONE).run(3);
        TwistedSamples other = always(prior, 9, Batching.together(4)).run(3);
        TwistedSamples nudged = always(prior, 9, ONE_BY_ONE, Nudged::normal).run(3)) {
      double roundings = Nudged.ROUNDINGS * distance(one, nudged);
      assertThat(roundings).as("no twin has other parents").isLessThan(1e-3);
      assertThat(distance(one, other)).isLessThan(roundings);
      assertThat(other.estimate().logZ().value())
          .isCloseTo(one.estimate().logZ().value(), within(roundings));
    }
  }

  private static double distance(TwistedSamples one, TwistedSamples other) {
    return one.x().sub(other.x()).abs().max().item_double();
  }

  @Test
  @Tag("rounding")
  void lanesChangeNoBitOfNetworks() {
    try (RandomPipeline pipeline =
        RandomPipeline.open(RandomPipeline.Size.TINY, NoiseSchedule.linear(1000).respaced("4"))) {
      GuidedSampler guided = pipeline.sampler(TiltOracle.tilt(2));
      TwistedSampler sampler =
          new TwistedSampler(guided.prior(), guided.score(), TiltOracle.tilt(2), 3, ONE_BY_ONE);
      TwistedSampler beside =
          new TwistedSampler(
              guided.prior(),
              guided.score(),
              TiltOracle.tilt(2),
              3,
              Batching.oneByOne(new Lanes(2, 1)));
      try (TwistedSamples one = sampler.run(45);
          TwistedSamples other = beside.run(45)) {
        assertThat(one.x().equal(other.x())).isTrue();
        assertThat(one.x().requires_grad()).isFalse();
        assertThat(one.estimate()).isEqualTo(other.estimate());
      }
    }
  }

  /** The first two particles are through and kept when the third fails. */
  @Test
  void aStepThatFailsLeavesNothingBehind() {
    long left =
        LiveNative.leftBy(
            () -> {
              AtomicInteger calls = new AtomicInteger();
              Score failing =
                  images -> {
                    if (calls.incrementAndGet() == 3) {
                      throw new IllegalArgumentException("no score");
                    }
                    return MIXTURE.score().of(images);
                  };
              try (Prior prior = MIXTURE.prior("20")) {
                TwistedSampler sampler =
                    new TwistedSampler(prior, failing, TiltOracle.tilt(2), 3, ONE_BY_ONE);
                assertThatThrownBy(() -> sampler.run(3)).hasMessage("no score");
              }
            });
    assertThat(left).isZero();
  }

  @Test
  void cleanImagesThatCannotBeScoredAreFreed() {
    long left =
        LiveNative.leftBy(
            () -> {
              Score failing =
                  images -> {
                    throw new IllegalArgumentException("no score");
                  };
              try (Prior prior = MIXTURE.prior("20")) {
                TwistedSampler sampler =
                    new TwistedSampler(prior, failing, TiltOracle.tilt(2), 3, ONE_BY_ONE);
                ParticleCloud cloud = sampler.start(3);
                assertThatThrownBy(() -> sampler.finish(cloud)).hasMessage("no score");
              }
            });
    assertThat(left).isZero();
  }

  @Test
  @Tag("rounding")
  void aStoppedCloudGoesOnToTheSameBits() {
    try (Prior prior = MIXTURE.prior("20")) {
      TwistedSampler sampler = always(prior, 9, ONE_BY_ONE);
      ParticleCloud stopped = sampler.start(3);
      for (int i = 0; i < 7; i++) {
        stopped = sampler.advance(stopped);
      }
      float[] saved = Tensors.toFloats(stopped.x());
      stopped.close();
      ParticleCloud resumed =
          new ParticleCloud(
              stopped.seed(),
              stopped.step(),
              Scope.keepForever(Tensors.floats(saved, 9, 1, 2, 1)),
              stopped.weights(),
              stopped.pending(),
              stopped.eves(),
              stopped.logZ(),
              stopped.ess(),
              stopped.resampled());
      while (!sampler.isDone(resumed)) {
        resumed = sampler.advance(resumed);
      }
      try (TwistedSamples whole = sampler.run(3);
          TwistedSamples rest = sampler.finish(resumed)) {
        assertThat(rest.x().equal(whole.x())).isTrue();
        assertThat(rest.estimate()).isEqualTo(whole.estimate());
        assertThat(rest.families()).isLessThan(9);
      }
    }
  }

  @Test
  @Tag("rounding")
  void betaZeroIsThePriorBitForBit() {
    try (Prior prior = MIXTURE.prior("20");
        TwistedSamples drawn =
            new TwistedSampler(prior, MIXTURE.score(), TiltOracle.tilt(0), 4, ONE_BY_ONE).run(11)) {
      for (int i = 0; i < 4; i++) {
        Tensor unguided = new UnguidedSampler(prior, new AncestralStep()).sample(11, i);
        assertThat(drawn.x().narrow(0, i, 1).equal(unguided)).isTrue();
      }
      assertThat(drawn.estimate().logZ().value()).isCloseTo(0, within(1e-12));
      assertThat(drawn.ess()).hasSize(21).allSatisfy(e -> assertThat(e).isCloseTo(4, within(1e-9)));
      assertThat(drawn.resampled()).isEmpty();
      assertThat(drawn.families()).isEqualTo(4);
    }
  }

  /**
   * N(0, 1) with s = -x^2 / 2: variance 1 / (1 + beta) and log Z = -log(1 + beta) / 2, where
   * plug-in guidance samples variance (1 - exp(-2 beta)) / (2 beta).
   */
  @Test
  void quadraticScoresAreTiltedExactly() {
    Score quadratic = x -> Tensors.scale(Tensors.sum(x.mul(x), 1, 2, 3), -0.5);
    NoiseSchedule schedule = NoiseSchedule.linear(1000).respaced("50");
    try (Prior prior =
        new GaussianPrior(schedule, Tensors.zeros(1, 1, 1), Tensors.full(1, 1, 1, 1))) {
      for (double beta : new double[] {0.5, 1, 3}) {
        Runs runs = Runs.of(prior, quadratic, beta, 1024, 10);
        double exact = 1 / (1 + beta);
        double plugIn = -Math.expm1(-2 * beta) / (2 * beta);
        assertThat(runs.mean().covers(-exact / 2, 3)).as("%s", runs.mean()).isTrue();
        assertThat(runs.mean().covers(-plugIn / 2, 3)).as("%s", runs.mean()).isFalse();
        assertThat(runs.logZ().covers(-Math.log1p(beta) / 2, 3)).as("%s", runs.logZ()).isTrue();
      }
    }
  }

  @Test
  void temperingAndThresholdLeaveTheTargetAlone() {
    double beta = 1.5;
    Strength late = new Strength(new Ramp(0, 1, 0.3, Ramp.Shape.LINEAR), 0.2);
    Guidance.Tilt tempered = new Guidance.Tilt(beta, new Objective.Maximize(), late);
    int particles = 4096;
    try (Prior prior = MIXTURE.prior("50")) {
      for (double threshold : new double[] {0, 0.5, 1}) {
        try (TwistedSamples drawn =
            new TwistedSampler(
                    prior,
                    MIXTURE.score(),
                    tempered,
                    particles,
                    threshold,
                    Batching.together(particles),
                    Noise::normal)
                .run(1)) {
          String what = "threshold " + threshold;
          assertThat(drawn.estimate().logZ().covers(MIXTURE.logZ(beta), 3.5)).as(what).isTrue();
          assertThat(drawn.estimate().mean().covers(MIXTURE.mean(beta), 3.5)).as(what).isTrue();
          if (threshold == 0) {
            assertThat(drawn.resampled()).isEmpty();
          } else {
            assertThat(drawn.resampled()).isNotEmpty();
          }
        }
      }
    }
  }

  @Test
  void noScoreIsAskedWhileNothingIsTilted() {
    AtomicInteger asked = new AtomicInteger();
    Score counting =
        x -> {
          asked.addAndGet((int) x.size(0));
          return MIXTURE.score().of(x);
        };
    Guidance.Tilt tempered = new Guidance.Tilt(1.5, new Objective.Maximize(), Strength.TEMPERED);
    try (Prior prior = MIXTURE.prior("20");
        TwistedSamples drawn =
            new TwistedSampler(prior, counting, tempered, 4, ONE_BY_ONE).run(1)) {
      // Of 20 steps the first seven, up to 30 % of the run, are the prior's own.
      assertThat(asked.get()).isEqualTo(4 * (20 - 7) + 4);
      assertThat(drawn.ess().subList(0, 7))
          .allSatisfy(e -> assertThat(e).isCloseTo(4, within(1e-9)));
    }
  }

  @Test
  void theObjectiveIsWhatIsTilted() {
    Guidance.Tilt capped = new Guidance.Tilt(1, new Objective.Clip(-1e6), Strength.FULL);
    try (Prior prior = MIXTURE.prior("20");
        TwistedSamples drawn =
            new TwistedSampler(prior, MIXTURE.score(), capped, 4, ONE_BY_ONE).run(1)) {
      assertThat(drawn.estimate().mean().value()).isEqualTo(-1e6);
      assertThat(drawn.estimate().logZ().value()).isCloseTo(-1e6, within(1e-6));
      assertThat(drawn.scores()).allSatisfy(s -> assertThat(s).isGreaterThan(-100));
      assertThat(drawn.ess()).allSatisfy(e -> assertThat(e).isCloseTo(4, within(1e-9)));
    }
  }

  @Test
  void impossibleSettingsAndScoresAreRefused() {
    try (Prior prior = MIXTURE.prior("20")) {
      assertThatThrownBy(() -> always(prior, 1, ONE_BY_ONE)).hasMessageContaining("at least 2");
      assertThatThrownBy(() -> Batching.together(0)).hasMessageContaining("at least 1");
      assertThatThrownBy(
              () ->
                  new TwistedSampler(
                      prior,
                      MIXTURE.score(),
                      TiltOracle.tilt(1),
                      2,
                      1.5,
                      ONE_BY_ONE,
                      Noise::normal))
          .hasMessageContaining("1.5");
      Score broken = x -> Tensors.scale(Tensors.sum(x, 1, 2, 3), Double.NaN);
      assertThatThrownBy(
              () -> new TwistedSampler(prior, broken, TiltOracle.tilt(1), 2, ONE_BY_ONE).run(1))
          .hasMessageContaining("step t = 19: the score gives numbers that are not finite");
    }
  }
}
