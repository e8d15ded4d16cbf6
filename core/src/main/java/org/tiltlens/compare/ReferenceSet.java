package org.tiltlens.compare;

import java.util.Optional;
import org.tiltlens.metrics.Bootstrap;
import org.tiltlens.metrics.DensityCoverage;
import org.tiltlens.metrics.FrechetDistance;
import org.tiltlens.metrics.KernelDistance;
import org.tiltlens.metrics.NearestNeighbours;
import org.tiltlens.metrics.NeighbourDivergence;
import org.tiltlens.metrics.PrecisionRecall;
import org.tiltlens.tilting.Estimate;

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

  /** With fewer images, balls around them are too wide for precision, recall and coverage. */
  static final int FEWEST_FOR_BALLS = 64;

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

  /**
   * How far a set of images is from this one, by {@link NeighbourDivergence}; empty with too few.
   *
   * @param drawn their features
   */
  Optional<Estimate> divergence(double[][] drawn) {
    return wide == null || drawn.length <= NeighbourDivergence.NEIGHBOUR
        ? Optional.empty()
        : Optional.of(NeighbourDivergence.of(drawn, wide.points()));
  }

  private static NearestNeighbours balls(double[][] points, int k) {
    return points.length > k ? NearestNeighbours.of(points, k) : null;
  }

  /**
   * Holds a set of images against this one.
   *
   * @param drawn their features, of at least two images
   * @param units which of them hang together, as {@link Bootstrap#ofUnits}
   * @param meanScore mean score of this set
   */
  CompareResult.Naturalness against(
      double[][] drawn, int[] units, double meanScore, Bootstrap bootstrap) {
    boolean enough = near != null && drawn.length >= FEWEST_FOR_BALLS;
    PrecisionRecall precision =
        enough ? PrecisionRecall.of(near, balls(drawn, PrecisionRecall.NEIGHBOUR)) : null;
    DensityCoverage density = wide == null ? null : DensityCoverage.of(wide, drawn);
    return new CompareResult.Naturalness(
        images,
        meanScore,
        bootstrap.ofUnits(units, frechet.resampling(drawn)),
        bootstrap.ofUnits(units, kernel.resampling(drawn)),
        precision == null ? null : precision.precision(),
        precision == null ? null : precision.recall(),
        density == null ? null : density.density(),
        density == null || !enough ? null : density.coverage(),
        wide == null ? 0 : wide.points().length);
  }
}
