package org.tiltlens.compare;

import org.tiltlens.metrics.Bootstrap;
import org.tiltlens.metrics.DensityCoverage;
import org.tiltlens.metrics.FrechetDistance;
import org.tiltlens.metrics.KernelDistance;
import org.tiltlens.metrics.NearestNeighbours;
import org.tiltlens.metrics.PrecisionRecall;

/**
 * Natural images that sets of drawn ones are held against, prepared once for many of them.
 *
 * @param images how many there are
 * @param frechet distance from all of them
 * @param kernel distance from all of them, or from a subset where pairs would be too many
 * @param near balls of {@link PrecisionRecall}; null with too few images for them
 * @param wide balls of {@link DensityCoverage}; null likewise
 */
record ReferenceSet(
    int images,
    FrechetDistance frechet,
    KernelDistance kernel,
    NearestNeighbours near,
    NearestNeighbours wide) {

  /**
   * Prepares a set.
   *
   * @param all every image's features
   * @param pairs those whose pairs are compared
   * @param neighbours those whose neighbours are looked for, all different
   */
  static ReferenceSet of(double[][] all, double[][] pairs, double[][] neighbours) {
    return new ReferenceSet(
        all.length,
        FrechetDistance.to(all),
        KernelDistance.to(pairs),
        balls(neighbours, PrecisionRecall.NEIGHBOUR),
        balls(neighbours, DensityCoverage.NEIGHBOUR));
  }

  private static NearestNeighbours balls(double[][] points, int k) {
    return points.length > k ? NearestNeighbours.of(points, k) : null;
  }

  /**
   * Holds a set of images against this one.
   *
   * @param drawn their features, of at least two images
   * @param meanScore mean score of this set
   */
  CompareResult.Naturalness against(double[][] drawn, double meanScore, Bootstrap bootstrap) {
    boolean enough = near != null && drawn.length > PrecisionRecall.NEIGHBOUR;
    PrecisionRecall precision =
        enough ? PrecisionRecall.of(near, balls(drawn, PrecisionRecall.NEIGHBOUR)) : null;
    DensityCoverage density = wide == null ? null : DensityCoverage.of(wide, drawn);
    return new CompareResult.Naturalness(
        images,
        meanScore,
        bootstrap.of(drawn.length, frechet.resampling(drawn)),
        bootstrap.of(drawn.length, kernel.resampling(drawn)),
        precision == null ? null : precision.precision(),
        precision == null ? null : precision.recall(),
        density == null ? null : density.density(),
        density == null ? null : density.coverage(),
        wide == null ? 0 : wide.points().length);
  }
}
