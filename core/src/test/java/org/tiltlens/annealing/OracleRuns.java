package org.tiltlens.annealing;

import org.tiltlens.diffusion.AncestralStep;
import org.tiltlens.feature.Objective;
import org.tiltlens.synthesis.TiltOracle;
import org.tiltlens.tilting.GaussianMixture;
import org.tiltlens.tilting.LogWeights;
import org.tiltlens.torch.Batching;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Noise;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/** Annealed runs on a tilt that is known. */
record OracleRuns(TiltOracle oracle, PathSampler paths) implements AutoCloseable {
  /** As for the twisted sampler: most of the steps near the clean images. */
  static final String STEPS = "60,20,20";

  static OracleRuns of(TiltOracle oracle, String steps) {
    return new OracleRuns(
        oracle,
        PathSampler.of(
            oracle.prior(steps), new AncestralStep(), oracle.score(), new Objective.Maximize()));
  }

  AnnealedSamples run(long seed, Goal goal, int particles, int pool) {
    return run(seed, goal, Annealing.Settings.usual(particles), pool);
  }

  AnnealedSamples run(long seed, Goal goal, Annealing.Settings settings, int pool) {
    try (Paths drawn = drawn(seed, pool)) {
      return annealing(goal, settings).run(seed, pool(drawn));
    }
  }

  Annealing annealing(Goal goal, Annealing.Settings settings) {
    return new Annealing(paths, goal, settings, Batching.together(settings.particles()));
  }

  /** All noise at once, which is faster than by name. */
  Paths drawn(long seed, int size) {
    long[] image = paths.prior().imageShape();
    int steps = paths.prior().schedule().steps();
    try (Scope scope = Scope.open()) {
      return paths.walked(Noise.normal(seed, 0, 0, size, steps + 1, image[0], image[1], image[2]));
    }
  }

  Pool pool(Paths drawn) {
    return new Pool(paths.scores(drawn), rows -> drawn.of(Device.CPU, rows));
  }

  /** The tilt of a KL, by bisection. */
  double betaOf(double kl) {
    double low = 0;
    double high = 64;
    for (int i = 0; i < 60; i++) {
      double middle = (low + high) / 2;
      if (oracle.kl(middle) < kl) {
        low = middle;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /** The share of each of the tilt's modes among the samples: the mean of its responsibilities. */
  double[] modes(AnnealedSamples samples) {
    GaussianMixture q = oracle.p().tilted(oracle.w(), samples.beta());
    double[] shares = new double[q.components()];
    try (Scope scope = Scope.open()) {
      double[] x = Tensors.toDoubles(samples.x().flatten(0, -1));
      for (int i = 0; i < samples.size(); i++) {
        double[] logs = new double[shares.length];
        for (int k = 0; k < logs.length; k++) {
          logs[k] = logDensity(q, k, x, i * q.dimensions());
        }
        double[] own = LogWeights.of(logs).values();
        for (int k = 0; k < logs.length; k++) {
          shares[k] += own[k] / samples.size();
        }
      }
    }
    return shares;
  }

  private static double logDensity(GaussianMixture q, int k, double[] x, int from) {
    double log = Math.log(q.weights()[k]);
    double[] mean = q.means()[k];
    double[] variance = q.variances()[k];
    for (int d = 0; d < mean.length; d++) {
      double offset = x[from + d] - mean[d];
      log -= (offset * offset / variance[d] + Math.log(variance[d])) / 2;
    }
    return log;
  }

  @Override
  public void close() {
    paths.prior().close();
  }
}
