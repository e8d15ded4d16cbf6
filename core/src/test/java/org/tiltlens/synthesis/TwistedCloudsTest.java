package org.tiltlens.synthesis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.tiltlens.diffusion.Prior;
import org.tiltlens.tilting.TiltEstimate;
import org.tiltlens.torch.Batching;

/** Clouds of particles that share nothing but the tilt. */
class TwistedCloudsTest {
  private static final TiltOracle MIXTURE = TiltOracle.random(2, 3, 1);
  private static final double BETA = 1.5;

  private static TwistedClouds clouds(Prior prior, int particles, int clouds) {
    return new TwistedClouds(
        new TwistedSampler(
            prior, MIXTURE.score(), TiltOracle.tilt(BETA), particles, Batching.together(particles)),
        clouds);
  }

  @Test
  void aCloudIsARunOfItsOwnSeed() {
    try (Prior prior = MIXTURE.prior("20")) {
      TwistedClouds three = clouds(prior, 32, 3);
      assertThat(IntStream.range(0, 3).mapToObj(i -> three.cloud(i).particles()))
          .containsExactly(11, 11, 10);
      List<TwistedSamples> alone = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        alone.add(three.cloud(i).run(TwistedClouds.seed(7, i)));
      }
      try (TwistedSamples joined = three.run(7)) {
        double z = alone.stream().mapToDouble(one -> Math.exp(one.logZ())).average().orElseThrow();
        assertThat(joined.logZ()).isCloseTo(Math.log(z), within(1e-12));
        assertThat(joined.x().narrow(0, 11, 11).equal(alone.get(1).x())).isTrue();
        Particles told = Particles.of(joined);
        for (int i = 0; i < 3; i++) {
          assertThat(told.clouds().get(i).logZ()).isCloseTo(alone.get(i).logZ(), within(1e-9));
          assertThat(told.clouds().get(i).meanScore())
              .isCloseTo(alone.get(i).meanScore().value(), within(1e-9));
          assertThat(told.clouds().get(i).families()).isEqualTo(alone.get(i).families());
        }
        assertThat(told.families())
            .isEqualTo(alone.stream().mapToInt(TwistedSamples::families).sum());
      } finally {
        alone.forEach(TwistedSamples::close);
      }
    }
  }

  @Test
  void oneCloudIsTheSamplerItself() {
    try (Prior prior = MIXTURE.prior("20");
        TwistedSamples one = clouds(prior, 16, 1).run(3);
        TwistedSamples same = clouds(prior, 16, 1).all().run(3)) {
      assertThat(one.x().equal(same.x())).isTrue();
      assertThat(one.estimate().logZ().value())
          .isCloseTo(same.estimate().logZ().value(), within(1e-12));
      assertThat(one.estimate().logZ().standardError())
          .isCloseTo(same.estimate().logZ().standardError(), within(1e-12));
      assertThat(Particles.of(one).doubt()).startsWith("A single cloud");
    }
  }

  /** Of 40 runs of four clouds, those whose two standard errors hold the exact value. */
  @Test
  void errorsCover() {
    int log = 0;
    int mean = 0;
    try (Prior prior = MIXTURE.prior("50")) {
      for (int seed = 0; seed < 40; seed++) {
        try (TwistedSamples drawn = clouds(prior, 64, 4).run(seed)) {
          TiltEstimate found = drawn.estimate();
          log += found.logZ().covers(MIXTURE.logZ(BETA), 2) ? 1 : 0;
          mean += found.mean().covers(MIXTURE.mean(BETA), 2) ? 1 : 0;
        }
      }
    }
    assertThat(log).as("log Z").isGreaterThanOrEqualTo(35);
    assertThat(mean).as("mean").isGreaterThanOrEqualTo(35);
  }

  @Test
  void cloudsOfOneParticleAreRefused() {
    try (Prior prior = MIXTURE.prior("20")) {
      assertThatThrownBy(() -> clouds(prior, 7, 4))
          .hasMessage("7 particles in 4 clouds: expected two in each or more");
    }
    assertThat(TwistedClouds.usual(64)).isEqualTo(4);
    assertThat(TwistedClouds.usual(7)).isEqualTo(3);
    assertThat(TwistedClouds.usual(2)).isEqualTo(1);
  }
}
