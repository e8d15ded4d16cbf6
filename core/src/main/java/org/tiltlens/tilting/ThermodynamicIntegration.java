package org.tiltlens.tilting;

import java.util.Arrays;
import java.util.List;

/**
 * log Z from mean scores alone: what to use where samples of q_beta can be drawn but not weighed.
 *
 * <pre>
 *   A(beta) = log Z(beta) = integral_0^beta E_b[s] db        KL(q_beta || p) = beta m(beta) - A(beta)
 * </pre>
 *
 * <p>Source: Kirkwood 1935; Gelman and Meng 1998, section 2. Each interval is integrated along the
 * mean of the two parabolas through its ends and one neighbour, which is exact where m(b) is a
 * parabola and of fourth order elsewhere; two points alone make a trapezoid. The standard errors
 * know of the draws, not of a ladder that is too coarse.
 */
public final class ThermodynamicIntegration {
  private ThermodynamicIntegration() {}

  /**
   * The tilt at the ladder's last beta.
   *
   * @param betas at least two, the first 0, strictly rising or strictly falling
   * @param means E_b[s] at each, from draws of their own
   */
  public static TiltEstimate of(double[] betas, List<Estimate> means) {
    check(betas, means.size());
    double[] weights = weights(betas);
    int last = betas.length - 1;
    double beta = betas[last];
    double logZ = 0;
    double logZVariance = 0;
    double klVariance = 0;
    for (int i = 0; i <= last; i++) {
      double error = means.get(i).standardError();
      double inKl = (i == last ? beta : 0) - weights[i];
      logZ += weights[i] * means.get(i).value();
      logZVariance += weights[i] * weights[i] * error * error;
      klVariance += inKl * inKl * error * error;
    }
    Estimate mean = means.get(last);
    return new TiltEstimate(
        new Estimate(logZ, Math.sqrt(logZVariance)),
        mean,
        new Estimate(beta * mean.value() - logZ, Math.sqrt(klVariance)));
  }

  /**
   * The same from draws that share their noise: each draw has an integral of its own, so the errors
   * take in that a lucky draw is lucky at every beta.
   *
   * @param scores per beta and draw; draw i from the same noise at every beta
   */
  public static TiltEstimate ofCommonNoise(double[] betas, double[][] scores) {
    double[] logZ = integrals(betas, scores);
    double[] last = scores[betas.length - 1];
    double[] kl = new double[logZ.length];
    Arrays.setAll(kl, i -> betas[betas.length - 1] * last[i] - logZ[i]);
    return new TiltEstimate(Estimate.ofMean(logZ), Estimate.ofMean(last), Estimate.ofMean(kl));
  }

  /** Per draw, the integral of its scores over the ladder; their mean estimates log Z. */
  public static double[] integrals(double[] betas, double[][] scores) {
    check(betas, scores.length);
    double[] weights = weights(betas);
    double[] integrals = new double[scores[0].length];
    for (int k = 0; k < betas.length; k++) {
      for (int i = 0; i < integrals.length; i++) {
        integrals[i] += weights[k] * scores[k][i];
      }
    }
    return integrals;
  }

  /** The factor of each mean in the integral. */
  private static double[] weights(double[] betas) {
    double[] weights = new double[betas.length];
    for (int i = 0; i + 1 < betas.length; i++) {
      boolean before = i > 0;
      boolean after = i + 2 < betas.length;
      if (!before && !after) {
        weights[i] += (betas[i + 1] - betas[i]) / 2;
        weights[i + 1] += (betas[i + 1] - betas[i]) / 2;
      }
      double share = before && after ? 0.5 : 1;
      if (before) {
        addParabola(weights, betas, i - 1, i, share);
      }
      if (after) {
        addParabola(weights, betas, i, i, share);
      }
    }
    return weights;
  }

  /** Adds the integral over interval {@code i} of the parabola through three points. */
  private static void addParabola(
      double[] weights, double[] betas, int first, int i, double share) {
    double from = betas[i];
    double to = betas[i + 1];
    for (int k = 0; k < 3; k++) {
      double x = betas[first + k];
      double y = betas[first + (k + 1) % 3];
      double z = betas[first + (k + 2) % 3];
      // Simpson's rule, exact for the basis polynomial that is 1 at x and 0 at y and z.
      double middle = (from + to) / 2;
      double sum = (from - y) * (from - z) + 4 * (middle - y) * (middle - z) + (to - y) * (to - z);
      weights[first + k] += share * (to - from) / 6 * sum / ((x - y) * (x - z));
    }
  }

  private static void check(double[] betas, int means) {
    if (betas.length != means) {
      throw new IllegalArgumentException(
          betas.length + " betas with " + means + " means: expected one each");
    }
    requireLadder(betas);
  }

  /**
   * Checks that one can integrate along some betas.
   *
   * @throws IllegalArgumentException unless they are at least two, the first 0, strictly rising or
   *     strictly falling
   */
  public static void requireLadder(double... betas) {
    if (betas.length < 2) {
      throw new IllegalArgumentException(
          "a ladder of " + betas.length + " betas: expected at least two, the first 0");
    }
    for (int i = 0; i < betas.length; i++) {
      boolean fits =
          i == 0
              ? betas[0] == 0
              : Double.isFinite(betas[i]) && betas[i] > betas[i - 1] == betas[1] > 0;
      if (!fits || (i > 0 && betas[i] == betas[i - 1])) {
        throw new IllegalArgumentException(
            "beta "
                + i
                + " of the ladder is "
                + betas[i]
                + ": expected 0 first, then strictly rising or strictly falling numbers");
      }
    }
  }
}
