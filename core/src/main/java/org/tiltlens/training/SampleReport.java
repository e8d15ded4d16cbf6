package org.tiltlens.training;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
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
 * @param kernelDistance as frechetDistance; see {@link org.tiltlens.metrics.KernelDistance}
 * @param heldOutKernelDistance as heldOutFrechetDistance
 * @param nearest null if training images were not looked at
 */
public record SampleReport(
    int samples,
    int sampleSteps,
    String features,
    Double frechetDistance,
    Double heldOutFrechetDistance,
    Double kernelDistance,
    Double heldOutKernelDistance,
    @JsonUnwrapped NearestReport nearest) {

  /**
   * How near a prior's samples come to the images it was trained on; nearer than fresh images do
   * means that it knows these by heart.
   *
   * @param trainingImages among how many
   * @param nearestTrainingImage mean distance of a sample to the nearest, in the features
   * @param heldOutNearestTrainingImage the same of as many held-out images
   */
  public record NearestReport(
      int trainingImages, double nearestTrainingImage, double heldOutNearestTrainingImage) {}

  /** The end of a report's line; empty without samples. */
  String summary() {
    if (samples == 0) {
      return "";
    }
    String distances =
        String.format(
            Locale.ROOT,
            ", Frechet distance of %d samples of %d steps %.4f (held-out images among themselves"
                + " %.4f), kernel distance %.2g (%.2g) in %s",
            samples,
            sampleSteps,
            frechetDistance,
            heldOutFrechetDistance,
            kernelDistance,
            heldOutKernelDistance,
            features);
    return nearest == null
        ? distances
        : distances
            + String.format(
                Locale.ROOT,
                "; nearest of %d training images %.4g away (of held-out images %.4g)",
                nearest.trainingImages(),
                nearest.nearestTrainingImage(),
                nearest.heldOutNearestTrainingImage());
  }
}
