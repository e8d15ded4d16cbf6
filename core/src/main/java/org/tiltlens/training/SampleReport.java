package org.tiltlens.training;

import java.util.Locale;

/**
 * How far a prior's samples are from images it was not trained on.
 *
 * @param samples how many were drawn and compared with as many images; 0: none, and no distances
 * @param sampleSteps steps of ancestral sampling each took
 * @param features what the distances are in
 * @param frechetDistance between samples and held-out images; see {@link
 *     org.tiltlens.metrics.FrechetDistance}
 * @param heldOutFrechetDistance between those images and as many other held-out ones: what perfect
 *     samples would get, on average
 */
public record SampleReport(
    int samples,
    int sampleSteps,
    String features,
    Double frechetDistance,
    Double heldOutFrechetDistance) {

  /** The end of a report's line; empty without samples. */
  String summary() {
    return samples == 0
        ? ""
        : String.format(
            Locale.ROOT,
            ", Frechet distance of %d samples of %d steps %.4f (held-out images among themselves"
                + " %.4f) in %s",
            samples,
            sampleSteps,
            frechetDistance,
            heldOutFrechetDistance,
            features);
  }
}
