package org.tiltlens.training;

/**
 * How a trained prior is measured by its samples.
 *
 * @param samples how many, if there are twice as many images held out, else half of those; 0: none
 * @param steps of ancestral sampling, at least 1: a respacing of the schedule
 * @param features what the samples are compared in
 * @param nearest how many samples are shown beside the training images that are nearest to them, 0
 *     to 8; with any, how near training images are is reported too
 */
public record PriorSampling(int samples, int steps, ImageFeatures features, int nearest) {
  /** 1024 samples of 50 steps, compared in pixels. */
  public static final PriorSampling DEFAULT = new PriorSampling(1024, 50, ImageFeatures.pixels());

  /** Without a look at the training images. */
  public PriorSampling(int samples, int steps, ImageFeatures features) {
    this(samples, steps, features, 0);
  }

  public PriorSampling {
    if (nearest < 0 || nearest > NearestImages.ROWS) {
      throw new IllegalArgumentException(
          "samples beside the nearest training images: "
              + nearest
              + ", must be 0.."
              + NearestImages.ROWS);
    }
    if (samples < 0 || samples == 1) {
      throw new IllegalArgumentException(
          "samples: " + samples + ", must be 0 or at least 2, which a covariance needs");
    }
    if (steps < 1) {
      throw new IllegalArgumentException("sampling steps: " + steps + ", must be at least 1");
    }
  }

  /** How many samples are drawn; both they and as many others are compared with real images. */
  int count(LabelledImages heldOut) {
    int count = Math.min(samples, heldOut.size() / 2);
    return count < 2 ? 0 : count;
  }
}
