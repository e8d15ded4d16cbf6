package org.tiltlens.synthesis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.tiltlens.diffusion.NoiseSchedule;
import org.tiltlens.fixture.RandomPipeline;
import org.tiltlens.torch.Autograd;
import org.tiltlens.torch.Noise;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

class VitalAscentTest {
  private static final VitalAscent.Settings USUAL = VitalAscent.Settings.DEFAULTS;

  private static VitalAscent.Settings settings(int steps, double variation, double energy) {
    return new VitalAscent.Settings(
        steps, 0.3, USUAL.optimiser(), 2, 0, false, 1, variation, 0, energy);
  }

  private static double loss(VitalReferences references, RandomPipeline pipeline, Tensor image) {
    return references.losses(pipeline.score(), Autograd.leaf(image)).item_double();
  }

  /** Nothing asks for the score, which therefore need not rise. */
  @Test
  void activationsComeToBeDistributedAsThoseOfTheReferences() {
    try (RandomPipeline pipeline =
            RandomPipeline.open(RandomPipeline.Size.SMALL, NoiseSchedule.linear(50));
        Scope scope = Scope.open()) {
      Tensor images = Tensors.clamp(Noise.normal(2, 0, 0, 3, 3, 32, 32), -1, 1);
      try (VitalReferences references = VitalReferences.of(pipeline.score(), images, 1)) {
        VitalAscent ascent = new VitalAscent(references, 32, settings(60, 0, 0));
        try (AscentState start = ascent.start(4, 0)) {
          double before = loss(references, pipeline, ascent.image(start));
          double after = loss(references, pipeline, ascent.synthesize(4, 0));
          assertThat(after).isLessThan(before / 2);
        }
      }
    }
  }

  @Test
  void rateRisesAndThenFallsAsACosine() {
    assertThat(USUAL.rateAt(0)).isCloseTo(0.01, within(1e-12));
    assertThat(USUAL.rateAt(49)).isCloseTo(0.5, within(1e-12));
    assertThat(USUAL.rateAt(100)).isEqualTo(1);
    assertThat(USUAL.rateAt(1050)).isCloseTo(0.5, within(1e-12));
    assertThat(USUAL.rateAt(1999)).isBetween(0.0, 1e-5);
  }

  @Test
  void rollsShrinkWithTheImage() {
    assertThat(VitalAscent.Settings.forSize(224)).isEqualTo(USUAL);
    assertThat(VitalAscent.Settings.forSize(32).roll()).isEqualTo(4);
    assertThat(USUAL.roll()).isEqualTo(30);
  }
}
