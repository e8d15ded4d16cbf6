package org.tiltlens.server;

import org.tiltlens.jobs.Jobs;
import org.tiltlens.models.StepsChoice;
import org.tiltlens.models.StepsSpec;
import org.tiltlens.study.StudySpec;

/**
 * Samples of a feature of the bundle.
 *
 * @param feature its index
 * @param percentile of the corpus' scores where the images' mean score is to be, in (0, 100)
 * @param guidance what leads them; null for exact samples
 * @param count how many images; null for the usual number
 * @param seed of all noise; null for the usual one
 * @param steps of the prior; null for the usual ones
 */
record VisualizeRequest(
    Integer feature, Double percentile, Led guidance, Integer count, Long seed, StepsChoice steps)
    implements JobRequest {

  @Override
  public Work<StudySpec> work(Catalogue catalogue, SeenPictures pictures) {
    double level = JobRequest.percentile(percentile);
    Integer images = JobRequest.count(count, 1);
    Led led = guidance == null ? Led.EXACT : guidance;
    StudySpec usual = led.usual(catalogue, JobRequest.feature(catalogue, feature), level);
    if (led == Led.TILT) {
      JobRequest.requireReach(catalogue.statistics(feature).sample(), level);
    }
    StudySpec spec = images == null ? usual : usual.withCount(images);
    return new Work<>(
        Jobs.VISUALIZE, withSteps(catalogue, seed == null ? spec : spec.withSeed(seed)));
  }

  private StudySpec withSteps(Catalogue catalogue, StudySpec spec) {
    if (steps == null || steps.isSilent()) {
      return spec;
    }
    StepsSpec asked =
        JobRequest.steps(
            catalogue, steps, new StepsChoice.Usual(spec.steps().form(), spec.respacing()));
    return JobRequest.or(() -> spec.withSteps(asked.form(), asked.respacing()));
  }
}
