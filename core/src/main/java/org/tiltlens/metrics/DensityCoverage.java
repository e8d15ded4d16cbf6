package org.tiltlens.metrics;

import java.util.Arrays;

/**
 * How densely natural vectors surround the drawn ones, and how many natural ones have a drawn one
 * near.
 *
 * <pre>
 *   density  = mean over the drawn vectors of (natural balls that hold it) / k
 *   coverage = share of the natural balls that hold a drawn vector
 * </pre>
 *
 * <p>Naeem et al. 2020 (arXiv 2002.09797), with the balls of {@link NearestNeighbours}. Where n
 * natural and m drawn vectors have the same distribution, the expected density is 1 and the
 * expected coverage {@code 1 - prod_{i=1..k} (n - i) / (n + m - i)} (their lemmas 1 and 2).
 *
 * @param density at least 0; above 1 where the drawn vectors keep to the densest places
 * @param coverage in [0, 1]
 */
public record DensityCoverage(double density, double coverage) {
  /** The paper's k. */
  public static final int NEIGHBOUR = 5;

  /**
   * With the paper's k.
   *
   * @param natural (n, D) feature vectors, n >= 6
   * @param drawn (m, D) feature vectors, m >= 1
   * @throws IllegalArgumentException if there are too few, their dimensions differ or a number is
   *     not finite
   */
  public static DensityCoverage of(double[][] natural, double[][] drawn) {
    return of(NearestNeighbours.of(natural, NEIGHBOUR), drawn);
  }

  /**
   * From the natural vectors' balls, so that they serve many comparisons.
   *
   * @param drawn (m, D) feature vectors, m >= 1
   * @throws IllegalArgumentException if there are none, the dimensions differ or a number is not
   *     finite
   */
  public static DensityCoverage of(NearestNeighbours natural, double[][] drawn) {
    FeatureRows.require(drawn, 1);
    double balls = Arrays.stream(natural.ballsAround(drawn)).average().orElseThrow();
    int reached = natural.ballsThatHoldAny(drawn);
    return new DensityCoverage(
        balls / natural.neighbour(), (double) reached / natural.points().length);
  }

  /**
   * The coverage to expect where natural and drawn vectors have the same distribution, by which a
   * measured one can be judged.
   *
   * @param natural n, above k
   * @param drawn m, at least 1
   * @param k which neighbour a ball reaches
   */
  public static double expectedCoverage(int natural, int drawn, int k) {
    double missed = 1;
    for (int i = 1; i <= k; i++) {
      missed *= (double) (natural - i) / (natural + drawn - i);
    }
    return 1 - missed;
  }
}
