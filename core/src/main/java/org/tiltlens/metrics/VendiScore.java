package org.tiltlens.metrics;

import static org.tiltlens.torch.Matrices.singularValues;
import static org.tiltlens.torch.Tensors.toDoubles;

import org.tiltlens.torch.Scope;

/**
 * How many different images a set holds, as a number between 1 and its size.
 *
 * <pre>
 *   exp(- sum_i lambda_i log lambda_i)      lambda = eigenvalues of K / n,  K_ij = cos(x_i, x_j)
 * </pre>
 *
 * <p>Friedman and Dieng 2022 (arXiv 2210.02410), definition 3.1, with the cosine kernel: n
 * orthogonal vectors give n, n of one direction give 1. Grows with n until every kind of image is
 * there, so compare only at equal counts. The eigenvalues are the squared singular values of the
 * unit vectors over sqrt(n), whichever of n and D is larger.
 */
public final class VendiScore {
  private VendiScore() {}

  /**
   * The score, in [1, min(n, D)].
   *
   * @param rows (n, D) feature vectors, n >= 1, none of length 0
   * @throws IllegalArgumentException if there is none, their dimensions differ, a number is not
   *     finite or a vector is 0
   */
  public static double of(double[][] rows) {
    FeatureRows.require(rows, 1);
    try (Scope scope = Scope.open()) {
      double entropy = 0;
      for (double value : toDoubles(singularValues(FeatureRows.tensor(FeatureRows.unit(rows))))) {
        double eigenvalue = value * value / rows.length;
        entropy -= eigenvalue > 0 ? eigenvalue * Math.log(eigenvalue) : 0;
      }
      return Math.exp(entropy);
    }
  }
}
