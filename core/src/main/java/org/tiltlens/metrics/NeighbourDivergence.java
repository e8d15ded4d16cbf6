package org.tiltlens.metrics;

import static org.tiltlens.torch.Matrices.distances;
import static org.tiltlens.torch.Tensors.toDoubles;

import java.util.Arrays;
import org.tiltlens.tilting.Estimate;
import org.tiltlens.torch.Scope;

/**
 * An estimate of the KL divergence of what was drawn from what is natural, from feature vectors of
 * both alone: no density, and no model of one, enters.
 *
 * <pre>
 *   e_i = the larger of x_i's distances to its k-th neighbour among the other drawn ones, and among
 *         the natural ones
 *   l_i, k_i = how many drawn and natural vectors are within e_i of x_i
 *   KL(drawn || natural) ~ mean_i (psi(l_i) - psi(k_i)) + log(m / (n - 1))
 * </pre>
 *
 * <p>Wang, Kulkarni and Verdu 2009 (IEEE Transactions on Information Theory 55(5)), section IV; n
 * drawn and m natural vectors, psi the digamma function. Equal numbers of neighbours within one
 * ball keep most of the bias out that balls of different sizes have. What is left of it pulls
 * towards 0 where the natural vectors are few near a drawn one: it cannot tell more than about
 * {@code log m}, so sets far from all that is natural come out as low as that. With tens of vectors
 * of many dimensions it orders sets rather than measuring them; hold it against the same of as many
 * natural vectors.
 */
public final class NeighbourDivergence {
  /** k. */
  public static final int NEIGHBOUR = 3;

  private static final double SMALL = 6;

  private NeighbourDivergence() {}

  /**
   * The estimate in nats, with the standard error of the mean over the drawn vectors; it may come
   * out below 0.
   *
   * @param drawn (n, D) feature vectors, n above {@value #NEIGHBOUR}
   * @param natural (m, D) feature vectors, m at least {@value #NEIGHBOUR}
   * @throws IllegalArgumentException if there are too few, their dimensions differ or a number is
   *     not finite
   */
  public static Estimate of(double[][] drawn, double[][] natural) {
    FeatureRows.require(drawn, NEIGHBOUR + 1);
    FeatureRows.require(natural, NEIGHBOUR);
    FeatureRows.requireDimension(natural, drawn[0].length);
    int n = drawn.length;
    int m = natural.length;
    double[] within;
    double[] across;
    try (Scope scope = Scope.open()) {
      within = toDoubles(distances(FeatureRows.tensor(drawn), FeatureRows.tensor(drawn)));
      across = toDoubles(distances(FeatureRows.tensor(drawn), FeatureRows.tensor(natural)));
    }
    double[] terms = new double[n];
    for (int i = 0; i < n; i++) {
      double[] own = Arrays.copyOfRange(within, i * n, (i + 1) * n);
      // No neighbour of itself.
      own[i] = Double.POSITIVE_INFINITY;
      double[] other = Arrays.copyOfRange(across, i * m, (i + 1) * m);
      Arrays.sort(own);
      Arrays.sort(other);
      double radius = Math.max(own[NEIGHBOUR - 1], other[NEIGHBOUR - 1]);
      terms[i] = digamma(upTo(own, radius)) - digamma(upTo(other, radius));
    }
    Estimate mean = Estimate.ofMean(terms);
    return new Estimate(mean.value() + Math.log((double) m / (n - 1)), mean.standardError());
  }

  private static int upTo(double[] sorted, double radius) {
    return (int) Arrays.stream(sorted).takeWhile(distance -> distance <= radius).count();
  }

  /** psi(x) of x >= 1: its recurrence up to where its asymptotic series is exact to 1e-9. */
  static double digamma(double x) {
    double shifted = x;
    double sum = 0;
    while (shifted < SMALL) {
      sum -= 1 / shifted;
      shifted++;
    }
    double inverse = 1 / (shifted * shifted);
    return sum
        + Math.log(shifted)
        - 1 / (2 * shifted)
        - inverse * (1 / 12.0 - inverse * (1 / 120.0 - inverse * (1 / 252.0 - inverse / 240)));
  }
}
