package org.tiltlens.server;

import java.util.List;
import org.tiltlens.frontier.FrontierSpec;
import org.tiltlens.jobs.Jobs;
import org.tiltlens.models.StepsChoice;
import org.tiltlens.models.StepsSpec;
import org.tiltlens.tilting.ScoreSample;

/**
 * What driving a feature of the bundle costs, without the twisted sampler.
 *
 * @param feature its index
 * @param count images at each setting, at least 2; null for {@value #USUAL_COUNT}
 * @param steps of the prior; null for the usual ones. In those of second order constant guidance
 *     has no place, and is left out
 */
record FrontierRequest(Integer feature, Integer count, StepsChoice steps) implements JobRequest {
  static final int USUAL_COUNT = 4;

  /** Of constant guidance: a tenth of the published one, and that. */
  private static final List<Double> SCALES = List.of(0.1, 1.0);

  @Override
  public Work<FrontierSpec> work(Catalogue catalogue, SeenPictures pictures) {
    Integer images = JobRequest.count(count, 2);
    FrontierSpec usual =
        FrontierSpec.of(catalogue.bundle(), JobRequest.feature(catalogue, feature))
            .withCount(images == null ? USUAL_COUNT : images)
            .withParticles(0);
    ScoreSample corpus = catalogue.statistics(feature).sample();
    FrontierSpec.USUAL_PERCENTILES.forEach(level -> JobRequest.requireReach(corpus, level));
    StepsSpec asked =
        JobRequest.steps(catalogue, steps, new StepsChoice.Usual(usual.form(), usual.respacing()));
    List<Double> scales = FrontierSpec.usualScales(asked.form()).isEmpty() ? List.of() : SCALES;
    return JobRequest.or(
        () ->
            new Work<>(
                Jobs.FRONTIER,
                usual
                    .withScales(List.of())
                    .withSteps(asked.form(), asked.respacing())
                    .withScales(scales)));
  }

  /** What is drawn, in words. */
  String words(Catalogue catalogue) {
    FrontierSpec spec = work(catalogue, null).spec();
    return JobSubject.of(spec, catalogue.usualSteps()).words()
        + (spec.count() == USUAL_COUNT ? ", " + USUAL_COUNT + " images at each setting" : "");
  }
}
