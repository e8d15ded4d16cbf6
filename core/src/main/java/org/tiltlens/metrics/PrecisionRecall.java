package org.tiltlens.metrics;

import java.util.Arrays;

/**
 * How much of what was drawn looks natural, and how much of what is natural was drawn.
 *
 * <pre>
 *   precision = share of the drawn vectors inside the natural ones' balls
 *   recall    = share of the natural vectors inside the drawn ones' balls
 * </pre>
 *
 * <p>Kynkaanniemi et al. 2019 (arXiv 1904.06991), equation 2, with the balls of {@link
 * NearestNeighbours}. Depends on the numbers of samples (few points have wide balls), so compare
 * only at equal counts. One outlier among the natural vectors can hold many drawn ones; {@link
 * DensityCoverage} is less easily moved.
 *
 * @param precision in [0, 1]
 * @param recall in [0, 1]
 */
public record PrecisionRecall(double precision, double recall) {
  /** The paper's k. */
  public static final int NEIGHBOUR = 3;

  /**
   * With the paper's k.
   *
   * @param natural (n, D) feature vectors, n >= 4
   * @param drawn (m, D) feature vectors, m >= 4
   * @throws IllegalArgumentException if there are too few, their dimensions differ or a number is
   *     not finite
   */
  public static PrecisionRecall of(double[][] natural, double[][] drawn) {
    return of(NearestNeighbours.of(natural, NEIGHBOUR), NearestNeighbours.of(drawn, NEIGHBOUR));
  }

  /**
   * From balls, so that those of the natural vectors serve many comparisons.
   *
   * @throws IllegalArgumentException if the dimensions or the k differ
   */
  public static PrecisionRecall of(NearestNeighbours natural, NearestNeighbours drawn) {
    if (natural.neighbour() != drawn.neighbour()) {
      throw new IllegalArgumentException(
          "nearest neighbours "
              + natural.neighbour()
              + " and "
              + drawn.neighbour()
              + ": both sets need the same");
    }
    return new PrecisionRecall(shareInside(natural, drawn), shareInside(drawn, natural));
  }

  private static double shareInside(NearestNeighbours balls, NearestNeighbours others) {
    return Arrays.stream(balls.ballsAround(others.points()))
        .mapToDouble(count -> count > 0 ? 1 : 0)
        .average()
        .orElseThrow();
  }
}
