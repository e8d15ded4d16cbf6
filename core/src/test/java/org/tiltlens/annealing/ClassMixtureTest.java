package org.tiltlens.annealing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.tiltlens.diffusion.AncestralStep;
import org.tiltlens.diffusion.ClassMeans;
import org.tiltlens.diffusion.DiffusionPrior;
import org.tiltlens.diffusion.Prior;
import org.tiltlens.diffusion.UnguidedSampler;
import org.tiltlens.diffusion.VariationalBound;
import org.tiltlens.feature.Objective;
import org.tiltlens.feature.Score;
import org.tiltlens.synthesis.Guidance;
import org.tiltlens.synthesis.GuidedSampler;
import org.tiltlens.synthesis.Strength;
import org.tiltlens.synthesis.Trajectory;
import org.tiltlens.synthesis.TwistedSampler;
import org.tiltlens.synthesis.TwistedSamples;
import org.tiltlens.torch.Batching;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/** A prior whose paths each have a class of their own, through all that draws from priors. */
class ClassMixtureTest {
  private static final long SEED = 11;
  private static final Score BRIGHTNESS = images -> Tensors.mean(images, 1, 2, 3);

  private static PathSampler paths(Prior prior) {
    return PathSampler.of(prior, new AncestralStep(), BRIGHTNESS, new Objective.Maximize());
  }

  private static int[] classes(Tensor images) {
    return IntStream.range(0, (int) images.size(0))
        .map(i -> ClassMeans.shown(images.narrow(0, i, 1)))
        .toArray();
  }

  @Test
  void imageHasOneClassWhoeverDrawsIt() {
    try (Prior prior = ClassMeans.prior(1, 4, 9);
        Scope scope = Scope.open()) {
      GuidedSampler sampler = GuidedSampler.unguided(prior, new AncestralStep());
      Integer[] samples = IntStream.range(0, 24).boxed().toArray(Integer[]::new);
      try (Trajectory together = sampler.run(SEED, samples);
          Trajectory alone = sampler.run(SEED, 7);
          Paths drawn = paths(prior).draw(SEED, 5, 6, 7)) {
        int[] all = classes(together.x());
        assertThat(all).containsOnly(1, 4, 9).contains(1, 4, 9);
        assertThat(Tensors.toFloats(alone.x()))
            .containsExactly(Tensors.toFloats(together.x().narrow(0, 7, 1)));
        assertThat(
                Tensors.toFloats(new UnguidedSampler(prior, new AncestralStep()).sample(SEED, 7)))
            .containsExactly(Tensors.toFloats(alone.x()));
        assertThat(classes(drawn.x())).containsExactly(all[5], all[6], all[7]);
      }
    }
  }

  @Test
  void branchesKeepAPathsClassAndNoiseWalksDrawItAnew() {
    try (Prior prior = ClassMeans.prior(0, 5);
        Scope scope = Scope.open()) {
      PathSampler sampler = paths(prior);
      int[] numbers = IntStream.range(0, 40).toArray();
      long[] streams = IntStream.range(100, 140).asLongStream().toArray();
      try (Paths drawn = sampler.draw(SEED, numbers)) {
        int[] before = classes(drawn.x());
        int kept = sampler.levels().get(2);
        for (PathMove move :
            List.of(new PathMove.Branch(kept), new PathMove.GuidedBranch(kept, 1))) {
          try (Paths after = sampler.propose(drawn, move, SEED, streams).paths()) {
            assertThat(classes(after.x())).containsExactly(before);
          }
        }
        try (Paths after =
            sampler.propose(drawn, new PathMove.NoiseWalk(0.3), SEED, streams).paths()) {
          int[] moved = classes(after.x());
          long same = IntStream.of(numbers).filter(i -> before[i] == moved[i]).count();
          assertThat(same).isBetween(10L, 30L);
        }
      }
    }
  }

  @Test
  void guidanceKeepsThePathsClass() {
    try (Prior prior = ClassMeans.prior(0, 5)) {
      Guidance tilt = new Guidance.Tilt(0.1, new Objective.Maximize(), Strength.FULL);
      Integer[] samples = {0, 1, 2, 3, 4, 5};
      try (Trajectory plain =
              GuidedSampler.unguided(prior, new AncestralStep()).run(SEED, samples);
          Trajectory tilted =
              new GuidedSampler(prior, BRIGHTNESS, tilt, new AncestralStep()).run(SEED, samples);
          Scope scope = Scope.open()) {
        assertThat(classes(tilted.x())).containsExactly(classes(plain.x()));
      }
    }
  }

  @Test
  void boundIsBetweenThoseOfTheClasses() {
    try (DiffusionPrior near = ClassMeans.prior(2);
        DiffusionPrior far = ClassMeans.prior(9);
        DiffusionPrior both = ClassMeans.prior(2, 9);
        Scope scope = Scope.open()) {
      Tensor image = Tensors.full(0.2, 1, 3, 2, 2);
      double low = new VariationalBound(near).bitsPerDim(image, SEED, 0);
      double high = new VariationalBound(far).bitsPerDim(image, SEED, 0);
      double mixed = 0;
      int draws = 40;
      for (int i = 0; i < draws; i++) {
        mixed += new VariationalBound(both).bitsPerDim(image, SEED, i) / draws;
      }
      // On average the mean of the two.
      assertThat(mixed).isBetween(low + 0.2 * (high - low), high - 0.2 * (high - low));
    }
  }

  /** With images that are their classes', q_beta is a distribution over classes. */
  @Test
  void twistedParticlesKeepTheirClassAndWeighIt() {
    double beta = 3;
    int particles = 400;
    Guidance.Tilt tilt = new Guidance.Tilt(beta, new Objective.Maximize(), Strength.FULL);
    try (Prior prior = ClassMeans.prior(0, 1, 9);
        TwistedSamples drawn =
            new TwistedSampler(prior, BRIGHTNESS, tilt, particles, Batching.together(50))
                .run(SEED);
        Scope scope = Scope.open()) {
      int[] shown = classes(drawn.x());
      assertThat(shown).containsOnly(0, 1, 9);
      assertThat(drawn.resampled()).isNotEmpty();
      double[] logs = drawn.weights().logs();
      double bright = 0;
      double all = 0;
      for (int i = 0; i < particles; i++) {
        bright += shown[i] == 9 ? Math.exp(logs[i]) : 0;
        all += Math.exp(logs[i]);
      }
      double odds = Math.exp(beta * 0.9);
      double sum = 1 + Math.exp(beta * 0.1) + odds;
      // The classes' shares of 400 paths are a third each with a deviation of 0.024.
      assertThat(bright / all).isCloseTo(odds / sum, within(0.04));
      assertThat(drawn.estimate().logZ().value()).isCloseTo(Math.log(sum / 3), within(0.2));
    }
  }

  @Test
  void whoDoesNotKnowAPathsBeginningRefuses() {
    try (Prior prior = ClassMeans.prior(0, 5);
        Scope scope = Scope.open()) {
      assertThatThrownBy(() -> Renoising.of(paths(prior), 1, 1, Batching.together(1)))
          .hasMessageContaining("mixture of classes, which a start from a corpus cannot draw from")
          .hasMessageContaining("label=0");
      assertThatThrownBy(() -> prior.predict(Tensors.zeros(1, 3, 2, 2), 3))
          .hasMessageContaining("mixture of classes");
    }
  }
}
