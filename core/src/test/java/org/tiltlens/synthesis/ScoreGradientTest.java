package org.tiltlens.synthesis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.offset;

import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.tiltlens.diffusion.AncestralStep;
import org.tiltlens.diffusion.DdimStep;
import org.tiltlens.diffusion.GaussianPrior;
import org.tiltlens.diffusion.NoiseSchedule;
import org.tiltlens.diffusion.Prediction;
import org.tiltlens.diffusion.Prior;
import org.tiltlens.diffusion.ReverseStep;
import org.tiltlens.feature.Objective;
import org.tiltlens.feature.Score;
import org.tiltlens.golden.Goldens;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Noise;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

class ScoreGradientTest {
  private static final Score QUADRATIC =
      images -> Tensors.scale(Tensors.sum(images.mul(images), 1, 2, 3), -0.5);

  private Scope scope;

  @BeforeEach
  void open() {
    scope = Scope.open();
  }

  @AfterEach
  void close() {
    scope.close();
  }

  private static GaussianPrior standardNormal(int steps, long... shape) {
    NoiseSchedule schedule = NoiseSchedule.linear(1000).respaced(Integer.toString(steps));
    return new GaussianPrior(schedule, Tensors.zeros(shape), Tensors.plus(Tensors.zeros(shape), 1));
  }

  private static GuidedSampler sampler(
      Prior prior, Score score, double beta, ReverseStep form, ScoreGradient gradient) {
    Guidance tilt = new Guidance.Tilt(beta, new Objective.Maximize(), Strength.FULL);
    return new GuidedSampler(prior, score, tilt, form, gradient, Noise::normal);
  }

  @Test
  @Tag("rounding")
  void gradientOfTheCleanEstimateIsTheWholeOneForPixelsOfVarianceOne() {
    try (GaussianPrior prior = standardNormal(50, 1, 2, 2)) {
      Tensor xt = Noise.normal(1, 0, 0, 3, 1, 2, 2);
      for (int t : new int[] {0, 20, 49}) {
        ScoreGradient.Point at =
            new ScoreGradient.Point(prior, QUADRATIC, new Objective.Clip(-1), xt, t);
        ScoreGradient.Result whole = new ScoreGradient.ThroughPrior().of(at, 1, n -> null);
        ScoreGradient.Result cheap = new ScoreGradient.CleanEstimate().of(at, 1, n -> null);
        Goldens.assertClose(cheap.gradient(), whole.gradient(), 1e-6, "gradient");
        Goldens.assertClose(cheap.scores(), whole.scores(), 1e-6, "scores");
        Goldens.assertClose(cheap.natural().mean(), whole.natural().mean(), 1e-6, "mean");
      }
    }
  }

  @Test
  void gradientOfTheCleanEstimateNeverEntersThePrior() {
    try (GaussianPrior prior = standardNormal(20, 1, 2, 2);
        Trajectory drawn =
            sampler(
                    new Graphless(prior),
                    QUADRATIC,
                    1,
                    new DdimStep(0),
                    new ScoreGradient.CleanEstimate())
                .run(1, 0, 1)) {
      assertThat(drawn.x().requires_grad()).isFalse();
      assertThat(drawn.score()).doesNotContain(Double.NaN);
    }
  }

  /** A prior that wants no gradient. */
  private record Graphless(Prior prior) implements Prior {
    @Override
    public Prediction predict(Tensor xt, int t) {
      assertThat(xt.requires_grad()).isFalse();
      return prior.predict(xt, t);
    }

    @Override
    public NoiseSchedule schedule() {
      return prior.schedule();
    }

    @Override
    public long[] imageShape() {
      return prior.imageShape();
    }

    @Override
    public Device device() {
      return prior.device();
    }

    @Override
    public void close() {
      prior.close();
    }
  }

  @Test
  void cleanEstimateGuidanceShiftsTheStandardNormalExactly() {
    double[] w = {1, -0.5, 0.3, 0.8};
    Score linear =
        images -> Tensors.sum(images.mul(Tensors.doubles(w, 1, 1, 2, 2).to(images)), 1, 2, 3);
    int count = 400;
    for (ReverseStep form : new ReverseStep[] {new AncestralStep(), new DdimStep(0)}) {
      try (GaussianPrior prior = standardNormal(100, 1, 2, 2);
          Trajectory drawn =
              sampler(prior, linear, 0.8, form, new ScoreGradient.CleanEstimate())
                  .run(7, IntStream.range(0, count).boxed().toArray(Integer[]::new))) {
        double[] mean = Tensors.toDoubles(Tensors.mean(drawn.x(), 0));
        for (int d = 0; d < 4; d++) {
          // 4 standard errors, and 4 % of the shift for finitely many steps.
          assertThat(mean[d])
              .isCloseTo(0.8 * w[d], offset(4 / Math.sqrt(count) + 0.04 * Math.abs(0.8 * w[d])));
        }
      }
    }
  }

  /**
   * N(0, 1) with s = -x^2 / 2: x_0 given x_t is N(x0_hat, 1 - abar_t), just what the draws assume,
   * so that many of them give the tilt's variance 1 / (1 + beta) where one clean estimate gives
   * 0.166.
   */
  @Test
  void smoothingTheScoreClosesTheJensenGap() {
    double beta = 3;
    int count = 2000;
    try (GaussianPrior prior = standardNormal(100, 1, 1, 1);
        Trajectory drawn =
            sampler(prior, QUADRATIC, beta, new AncestralStep(), new ScoreGradient.Smoothed(64))
                .run(5, IntStream.range(0, count).boxed().toArray(Integer[]::new))) {
      double variance = drawn.x().mul(drawn.x()).mean().item_double();
      assertThat(variance)
          .isCloseTo(1 / (1 + beta), offset((4 * Math.sqrt(2.0 / count) + 0.04) / (1 + beta)));
    }
  }

  @Test
  @Tag("rounding")
  void smoothedSamplesDoNotDependOnTheirNeighbours() {
    try (GaussianPrior prior = standardNormal(20, 1, 1, 1)) {
      GuidedSampler sampler =
          sampler(prior, QUADRATIC, 1, new AncestralStep(), new ScoreGradient.Smoothed(3));
      try (Trajectory both = sampler.run(45, 3, 8);
          Trajectory alone = sampler.run(45, 8)) {
        assertThat(both.x().narrow(0, 1, 1).equal(alone.x())).isTrue();
        assertThat(both.score().get(1)).isEqualTo(alone.score().get(0));
      }
    }
    assertThatThrownBy(() -> new ScoreGradient.Smoothed(0)).hasMessageContaining("at least 1");
  }
}
