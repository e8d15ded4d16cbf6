package org.tiltlens.training;

/**
 * How an autoencoder's reconstructions are compared with images, as sets.
 *
 * @param images how many of each, if there are twice as many held out, else half of those; 0: none
 * @param features what they are compared in
 */
public record Comparison(int images, ImageFeatures features) {
  /** 1024 of each, in pixels. */
  public static final Comparison DEFAULT = new Comparison(1024, ImageFeatures.pixels());

  public Comparison {
    if (images < 0 || images == 1) {
      throw new IllegalArgumentException(
          "compared images: " + images + ", must be 0 or at least 2, which a covariance needs");
    }
  }

  /** How many reconstructions are compared with as many other images. */
  int count(LabelledImages heldOut) {
    int count = Math.min(images, heldOut.size() / 2);
    return count < 2 ? 0 : count;
  }
}
