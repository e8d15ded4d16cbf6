package org.tiltlens.synthesis;

import java.util.Arrays;
import java.util.Random;
import org.tiltlens.diffusion.GaussianMixturePrior;
import org.tiltlens.diffusion.GaussianPrior;
import org.tiltlens.diffusion.NoiseSchedule;
import org.tiltlens.diffusion.Prior;
import org.tiltlens.feature.Objective;
import org.tiltlens.feature.Score;
import org.tiltlens.tilting.GaussianMixture;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/**
 * A random mixture of normal distributions over square images and a linear score, whose tilts are
 * known.
 *
 * @param p the distribution; one component makes it a Gaussian
 * @param w the score's weights, scaled so that {@code w'Sw = 1} in the first component: with one,
 *     KL is beta^2 / 2
 */
public record TiltOracle(GaussianMixture p, double[] w, long[] imageShape) {

  public static TiltOracle random(int dimensions, int components, long seed) {
    Random random = new Random(seed);
    double[] weights = random.doubles(components, 0.5, 1.5).toArray();
    double[][] means = new double[components][];
    double[][] variances = new double[components][];
    for (int k = 0; k < components; k++) {
      means[k] = random.doubles(dimensions).map(u -> random.nextGaussian()).toArray();
      variances[k] = random.doubles(dimensions, 0.2, 1).toArray();
    }
    double[] w = random.doubles(dimensions).map(u -> random.nextGaussian()).toArray();
    double norm = 0;
    for (int d = 0; d < dimensions; d++) {
      norm += w[d] * variances[0][d] * w[d];
    }
    double scale = Math.sqrt(norm);
    int side = (int) Math.sqrt(dimensions);
    return new TiltOracle(
        GaussianMixture.of(weights, means, variances),
        Arrays.stream(w).map(each -> each / scale).toArray(),
        new long[] {1, dimensions / side, side});
  }

  public Prior prior(String respacing) {
    NoiseSchedule schedule = NoiseSchedule.linear(1000).respaced(respacing);
    int k = p.components();
    long[] one = imageShape;
    try (Scope scope = Scope.open()) {
      if (k == 1) {
        return new GaussianPrior(
            schedule, Tensors.doubles(p.means()[0], one), Tensors.doubles(p.variances()[0], one));
      }
      return new GaussianMixturePrior(
          schedule,
          Tensors.doubles(p.weights(), k),
          Tensors.doubles(flat(p.means()), k, one[0], one[1], one[2]),
          Tensors.doubles(flat(p.variances()), k, one[0], one[1], one[2]));
    }
  }

  public Score score() {
    return images ->
        Tensors.sum(
            images.mul(
                Tensors.doubles(w, 1, imageShape[0], imageShape[1], imageShape[2]).to(images)),
            1,
            2,
            3);
  }

  static Guidance.Tilt tilt(double beta) {
    return new Guidance.Tilt(beta, new Objective.Maximize(), Strength.FULL);
  }

  public double mean(double beta) {
    return p.tilted(w, beta).meanScore(w);
  }

  public double logZ(double beta) {
    return p.logZ(w, beta);
  }

  public double kl(double beta) {
    return p.kl(w, beta);
  }

  private static double[] flat(double[][] rows) {
    return Arrays.stream(rows).flatMapToDouble(Arrays::stream).toArray();
  }
}
