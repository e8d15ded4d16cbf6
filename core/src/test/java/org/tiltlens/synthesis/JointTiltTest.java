package org.tiltlens.synthesis;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.tiltlens.diffusion.GaussianPrior;
import org.tiltlens.diffusion.NoiseSchedule;
import org.tiltlens.diffusion.Prior;
import org.tiltlens.feature.Objective;
import org.tiltlens.feature.UnitScores;
import org.tiltlens.feature.WeightedScores;
import org.tiltlens.fixture.Pixels;
import org.tiltlens.tilting.Estimate;
import org.tiltlens.torch.Batching;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/** Two units at once by weighted particles, against the closed form. */
class JointTiltTest {
  private static final double RED = 1.5;
  private static final double BLUE = -2;
  private static final double MEAN = 0.3;
  private static final double VARIANCE = 0.8;
  private static final int PIXELS = 4;

  /** Of the mean of one channel's pixels, which are independent. */
  private static final double SPREAD = VARIANCE / PIXELS;

  private final Pixels pixels = new Pixels();
  private final WeightedScores score =
      new WeightedScores(
          List.of(
              new WeightedScores.Part(pixels.mean(0, Pixels.AT), new Objective.Maximize(), RED),
              new WeightedScores.Part(pixels.mean(2, Pixels.AT), new Objective.Maximize(), BLUE)));

  @Test
  void particlesTellLogZAndTheMeanOfEachUnit() {
    NoiseSchedule schedule = NoiseSchedule.linear(1000).respaced("100");
    try (Scope scope = Scope.open();
        Prior prior =
            new GaussianPrior(
                schedule, Tensors.full(MEAN, 3, 2, 2), Tensors.full(VARIANCE, 3, 2, 2))) {
      Guidance.Tilt tilt = new Guidance.Tilt(1, new Objective.Maximize(), Strength.TEMPERED);
      TwistedSampler sampler =
          new TwistedSampler(prior, score, tilt, 1024, Batching.together(1024));
      try (TwistedSamples samples = sampler.run(45)) {
        // A linear score of a Gaussian: log Z = beta mean + beta^2 variance / 2 for each unit.
        double logZ = (RED + BLUE) * MEAN + (RED * RED + BLUE * BLUE) * SPREAD / 2;
        double kl = (RED * RED + BLUE * BLUE) * SPREAD / 2;
        near(samples.estimate().logZ(), logZ);
        near(samples.estimate().kl(), kl);
        UnitScores units = new UnitScores(score.parts().stream().map(p -> p.score()).toList());
        List<double[]> each = units.of(samples.x()).stream().map(Tensors::toDoubles).toList();
        near(samples.mean(each.get(0)), MEAN + RED * SPREAD);
        near(samples.mean(each.get(1)), MEAN + BLUE * SPREAD);
      }
    }
  }

  private static void near(Estimate estimate, double truth) {
    assertThat(estimate.covers(truth, 3)).as("%s, truth %s", estimate, truth).isTrue();
    assertThat(estimate.standardError()).isLessThan(0.05);
  }
}
