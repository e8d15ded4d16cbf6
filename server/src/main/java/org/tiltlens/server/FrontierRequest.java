package org.tiltlens.server;

import java.util.List;
import org.tiltlens.frontier.FrontierSpec;
import org.tiltlens.jobs.Jobs;

/**
 * What driving a feature of the bundle costs, without the twisted sampler.
 *
 * @param feature its index
 * @param count images at each setting, at least 2; null for {@value #USUAL_COUNT}
 */
record FrontierRequest(Integer feature, Integer count) implements JobRequest {
  private static final int USUAL_COUNT = 4;

  @Override
  public Work<FrontierSpec> work(Catalogue catalogue, SeenPictures pictures) {
    Integer images = JobRequest.count(count, 2);
    return new Work<>(
        Jobs.FRONTIER,
        FrontierSpec.of(catalogue.bundle(), JobRequest.feature(catalogue, feature))
            .withCount(images == null ? USUAL_COUNT : images)
            .withParticles(0)
            .withScales(List.of(0.1, 1.0)));
  }
}
