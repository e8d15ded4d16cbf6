package org.tiltlens.server;

import org.tiltlens.jobs.Jobs;
import org.tiltlens.models.Bundle;
import org.tiltlens.study.StudySpec;
import org.tiltlens.tilting.Target;

/**
 * Samples of a feature of the bundle.
 *
 * @param feature its index
 * @param percentile of the corpus' scores where the images' mean score is to be, in (0, 100)
 * @param count how many images; null for the usual number
 * @param seed of all noise; null for the usual one
 */
record VisualizeRequest(Integer feature, Double percentile, Integer count, Long seed)
    implements JobRequest {

  @Override
  public Work<StudySpec> work(Catalogue catalogue, SeenPictures pictures) {
    double level = JobRequest.percentile(percentile);
    Integer images = JobRequest.count(count, 1);
    StudySpec spec = usual(catalogue.bundle(), JobRequest.feature(catalogue, feature), level);
    spec = images == null ? spec : spec.withCount(images);
    return new Work<>(Jobs.VISUALIZE, seed == null ? spec : spec.withSeed(seed));
  }

  /** What pages draw at a level. */
  static StudySpec usual(Bundle bundle, int feature, double percentile) {
    return StudySpec.exact(bundle, JobRequest.unit(feature), Target.percentile(percentile));
  }
}
