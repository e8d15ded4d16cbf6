package org.tiltlens.metrics;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import org.tiltlens.tilting.ScoreSample;

/**
 * Distributional faithfulness: how far the classes of the images shown are from those they should
 * have, beside how far they would be by chance alone.
 *
 * <pre>
 *   distance = TV(shown, reference)                  low, high: TV(shown*, reference*)
 *   floor    = mean and quantile of TV(reference_n, reference*)
 * </pre>
 *
 * <p>A star is as many images as the shares' own ESS, drawn from them (a {@linkplain Bootstrap
 * percentile bootstrap} of their classes); n is the ESS of the images shown; known shares are not
 * redrawn. A total variation is never below 0, so that few images have a distance even if they are
 * drawn from the reference itself: one below the floor's quantile says nothing against them. The
 * range has the same bias, twice, and lies above the value where that is near the floor.
 *
 * @param distance total variation in [0, 1], with its range; its samples are the ESS of the images
 *     shown, rounded
 * @param floor mean total variation of as many independent draws from the reference
 * @param floorHigh its quantile at the bootstrap's level, 95 % unless asked otherwise
 */
public record ClassDistance(Interval distance, double floor, double floorHigh) {

  /**
   * Compares images with a reference.
   *
   * @param shown the images' shares; estimated
   * @param reference such as those of the corpus' exact tilt
   * @throws IllegalArgumentException if they are of different numbers of classes, or those shown
   *     come from no images
   */
  public static ClassDistance of(ClassShares shown, ClassShares reference, Bootstrap bootstrap) {
    if (Double.isInfinite(shown.ess())) {
      throw new IllegalArgumentException(
          "the classes shown are of no images: expected shares estimated from some");
    }
    SplittableRandom random = new SplittableRandom(bootstrap.seed());
    int n = shown.images();
    double value = shown.totalVariation(reference);
    ScoreSample redrawn = distances(bootstrap, () -> shown.redrawn(n, random), reference, random);
    ScoreSample chance =
        distances(bootstrap, () -> reference.redrawn(n, random), reference, random);
    double outside = 100 * (1 - bootstrap.level()) / 2;
    return new ClassDistance(
        new Interval(value, redrawn.scoreAt(outside), redrawn.scoreAt(100 - outside), n),
        chance.mean(),
        chance.scoreAt(100 * bootstrap.level()));
  }

  /**
   * The same of images of which some hang together, such as copies or relatives: the range is of
   * draws of their units.
   *
   * @param labels a class of each image
   * @param units as {@link Bootstrap#ofUnits}
   */
  public static ClassDistance ofUnits(
      int[] labels, int[] units, ClassShares reference, Bootstrap bootstrap) {
    int classes = reference.shares().size();
    ClassDistance independent = of(ClassShares.of(classes, labels), reference, bootstrap);
    SplittableRandom random = new SplittableRandom(bootstrap.seed());
    Interval range =
        bootstrap.ofUnits(
            units,
            picks ->
                ClassShares.of(classes, Arrays.stream(picks).map(i -> labels[i]).toArray())
                    .totalVariation(reference.redrawn(random)));
    return new ClassDistance(
        new Interval(independent.distance.value(), range.low(), range.high(), range.samples()),
        independent.floor,
        independent.floorHigh);
  }

  private static ScoreSample distances(
      Bootstrap bootstrap,
      Supplier<ClassShares> drawn,
      ClassShares reference,
      SplittableRandom random) {
    double[] distances = new double[bootstrap.resamples()];
    Arrays.setAll(distances, i -> drawn.get().totalVariation(reference.redrawn(random)));
    return ScoreSample.of(distances);
  }
}
