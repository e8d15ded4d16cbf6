package org.tiltlens.server;

import java.util.List;
import org.tiltlens.harvest.HarvestInfo;
import org.tiltlens.run.Version;

/**
 * What a studio shows.
 *
 * @param tiltlens its release
 * @param name the bundle's
 * @param dataLicence licence and source of its images
 * @param credited whether each image has a licence and a credit of its own, which {@code /credits}
 *     shows
 * @param images of the corpus, those that could not be read left out
 * @param imageSize side of the images in pixels
 * @param classes of the images, by name; empty if they have none
 * @param features of the dictionary
 * @param withoutStatistics features of which nothing is known
 * @param score what a feature's score is, one line
 * @param levels percentiles of the corpus' scores that pages offer to draw at
 * @param pooled whether it has a pool that exact samples start from
 */
record BundleView(
    String tiltlens,
    String name,
    String dataLicence,
    boolean credited,
    int images,
    int imageSize,
    List<String> classes,
    int features,
    List<Integer> withoutStatistics,
    String score,
    List<Double> levels,
    boolean pooled) {
  /** Where a page offers to draw. */
  static final List<Double> LEVELS = List.of(90.0, 97.0, 99.0);

  BundleView {
    classes = List.copyOf(classes);
    withoutStatistics = List.copyOf(withoutStatistics);
    levels = List.copyOf(levels);
  }

  static BundleView of(Catalogue catalogue) {
    HarvestInfo info = catalogue.info();
    return new BundleView(
        Version.NUMBER,
        catalogue.bundle().manifest().name(),
        catalogue.bundle().manifest().dataLicence(),
        catalogue.bundle().manifest().credits() != null,
        info.images(),
        catalogue.bundle().manifest().imageSize(),
        catalogue.corpus().classNames(),
        info.features(),
        catalogue.unknown(),
        info.score(),
        LEVELS,
        catalogue.bundle().pool().isPresent());
  }
}
