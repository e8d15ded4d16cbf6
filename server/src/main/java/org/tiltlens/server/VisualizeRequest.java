package org.tiltlens.server;

import org.tiltlens.jobs.Jobs;
import org.tiltlens.study.StudySpec;

/**
 * Samples of a feature of the bundle.
 *
 * @param feature its index
 * @param percentile of the corpus' scores where the images' mean score is to be, in (0, 100)
 * @param guidance what leads them; null for exact samples
 * @param count how many images; null for the usual number
 * @param seed of all noise; null for the usual one
 */
record VisualizeRequest(Integer feature, Double percentile, Led guidance, Integer count, Long seed)
    implements JobRequest {

  @Override
  public Work<StudySpec> work(Catalogue catalogue, SeenPictures pictures) {
    double level = JobRequest.percentile(percentile);
    Integer images = JobRequest.count(count, 1);
    Led led = guidance == null ? Led.EXACT : guidance;
    StudySpec spec = led.usual(catalogue, JobRequest.feature(catalogue, feature), level);
    spec = images == null ? spec : spec.withCount(images);
    return new Work<>(Jobs.VISUALIZE, seed == null ? spec : spec.withSeed(seed));
  }
}
