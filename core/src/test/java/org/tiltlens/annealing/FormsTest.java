package org.tiltlens.annealing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.tiltlens.diffusion.GaussianPrior;
import org.tiltlens.diffusion.HeunStep;
import org.tiltlens.diffusion.LcmStep;
import org.tiltlens.diffusion.NoiseSchedule;
import org.tiltlens.diffusion.ReverseStep;
import org.tiltlens.feature.Objective;
import org.tiltlens.feature.Score;
import org.tiltlens.tilting.Estimate;
import org.tiltlens.torch.Batching;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/**
 * Exact samples of the distribution that steps of a form draw from: of a Gaussian prior each step
 * is linear, so that what they end in is N(m, V), and its tilt by a linear score is known.
 */
class FormsTest {
  private static final double[] MU = {0.5, -1, 0, 2};
  private static final double[] S = {0.5, 1, 2, 0.25};
  private static final double[] W = {1, -0.5, 0.3, 2};

  /** Mean and variance of a number. */
  private record Normal(double mean, double variance) {
    /** Through a map that is linear. */
    Normal through(DoubleUnaryOperator map) {
      double slope = map.applyAsDouble(1) - map.applyAsDouble(0);
      return new Normal(map.applyAsDouble(mean), slope * slope * variance);
    }
  }

  private static double x0(NoiseSchedule schedule, int d, double x, int t) {
    double abar = schedule.alphaCumprod(t);
    double root = Math.sqrt(abar);
    return MU[d] + root * S[d] / (abar * S[d] + 1 - abar) * (x - root * MU[d]);
  }

  /** By y = x / sqrt(abar) and sigma, as in the paper. */
  private static Normal heun(NoiseSchedule schedule, int d) {
    return new Normal(0, 1)
        .through(
            noise -> {
              double x = noise;
              for (int t = schedule.steps() - 1; t > 0; t--) {
                double sigma = Math.sqrt(1 / schedule.alphaCumprod(t) - 1);
                double next = Math.sqrt(1 / schedule.alphaCumprod(t - 1) - 1);
                double root = Math.sqrt(schedule.alphaCumprod(t - 1));
                double y = x / Math.sqrt(schedule.alphaCumprod(t));
                double slope = (y - x0(schedule, d, x, t)) / sigma;
                double there = y + (next - sigma) * slope;
                double later = (there - x0(schedule, d, root * there, t - 1)) / next;
                x = root * (y + (next - sigma) * (slope + later) / 2);
              }
              return x0(schedule, d, x, 0);
            });
  }

  private static Normal lcm(NoiseSchedule schedule, int d) {
    Normal x = new Normal(0, 1);
    for (int t = schedule.steps() - 1; t >= 0; t--) {
      int step = t;
      double u = 10.0 * schedule.timestep(t);
      double skip = 0.25 / (u * u + 0.25);
      double out = u / Math.sqrt(u * u + 0.25);
      Normal clean = x.through(at -> skip * at + out * x0(schedule, d, at, step));
      double abar = schedule.alphaCumprodPrev(t);
      x = new Normal(Math.sqrt(abar) * clean.mean, abar * clean.variance + 1 - abar);
    }
    return x;
  }

  static Stream<Arguments> forms() {
    return Stream.of(Arguments.of(new HeunStep(), "ddim12"), Arguments.of(new LcmStep(), "lcm4"));
  }

  @ParameterizedTest
  @MethodSource("forms")
  void exactSamplesAreTheTiltOfWhatTheStepsDraw(ReverseStep form, String respacing) {
    NoiseSchedule schedule = NoiseSchedule.linear(1000).respaced(respacing);
    List<Normal> ends =
        IntStream.range(0, 4)
            .mapToObj(d -> form instanceof HeunStep ? heun(schedule, d) : lcm(schedule, d))
            .toList();
    double natural = IntStream.range(0, 4).mapToDouble(d -> W[d] * ends.get(d).mean).sum();
    double variance =
        IntStream.range(0, 4).mapToDouble(d -> W[d] * W[d] * ends.get(d).variance).sum();
    double beta = 2 / Math.sqrt(variance); // KL 2
    Score linear =
        images -> Tensors.sum(images.mul(Tensors.doubles(W, 1, 1, 2, 2).to(images)), 1, 2, 3);
    try (Scope scope = Scope.open();
        GaussianPrior prior =
            new GaussianPrior(
                schedule, Tensors.doubles(MU, 1, 2, 2), Tensors.doubles(S, 1, 2, 2))) {
      PathSampler paths = PathSampler.of(prior, form, linear, new Objective.Maximize());
      int[] all = IntStream.range(0, 512).toArray();
      try (Paths drawn = paths.draw(3, all);
          AnnealedSamples samples =
              new Annealing(
                      paths,
                      new Goal.Beta(beta),
                      Annealing.Settings.usual(256),
                      Batching.together(256))
                  .run(2, new Pool(paths.scores(drawn), rows -> drawn.of(Device.CPU, rows)))) {
        assertThat(samples.rungs()).as("the pool alone cannot tell").hasSizeGreaterThan(1);
        near(samples.estimate().mean(), natural + beta * variance);
        near(samples.estimate().logZ(), beta * natural + 2);
        near(samples.estimate().kl(), 2);
      }
    }
  }

  private static void near(Estimate found, double exact) {
    assertThat(found.value())
        .as("%s, exact %s", found, exact)
        .isCloseTo(exact, within(4 * found.standardError()));
  }

  /** A move of all of a path's noise asks the prior twice a step, but for the last. */
  @Test
  void evaluationsOfTwoPredictionsAreCounted() {
    NoiseSchedule schedule = NoiseSchedule.linear(1000).respaced("ddim12");
    try (Scope scope = Scope.open();
        GaussianPrior prior =
            new GaussianPrior(schedule, Tensors.doubles(MU, 1, 2, 2), Tensors.doubles(S, 1, 2, 2));
        Paths drawn =
            PathSampler.of(prior, new HeunStep(), x -> x, new Objective.Maximize()).draw(3, 0, 1)) {
      PathSampler paths = PathSampler.of(prior, new HeunStep(), x -> x, new Objective.Maximize());
      PathSampler.Proposal moved = paths.propose(drawn, new PathMove.NoiseWalk(0.5), 1, 0, 1);
      moved.paths().close();
      assertThat(moved.evaluations()).isEqualTo(2 * (2 * 12 - 1));
    }
  }
}
