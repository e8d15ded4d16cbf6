package org.tiltlens.training;

import java.util.Locale;

/**
 * A trained classifier.
 *
 * @param trainingLoss loss of the last step, not averaged; null if a resumed training had none to
 *     make
 * @param testImages how many images the accuracy is over
 * @param testAccuracy share of them whose label is the most probable class, in [0, 1]
 */
public record VisionReport(
    String kind,
    long steps,
    double seconds,
    Double trainingLoss,
    int testImages,
    double testAccuracy)
    implements TrainingReport {
  @Override
  public String summary() {
    return String.format(
        Locale.ROOT,
        "%s: %d steps in %.0f s, accuracy %.4f on %d test images",
        kind,
        steps,
        seconds,
        testAccuracy,
        testImages);
  }
}
