package org.tiltlens.training;

/**
 * A trained classifier.
 *
 * @param trainingLoss loss of the last step, not averaged
 * @param testImages how many images the accuracy is over
 * @param testAccuracy share of them whose label is the most probable class, in [0, 1]
 */
public record VisionReport(
    String kind,
    long steps,
    double seconds,
    double trainingLoss,
    int testImages,
    double testAccuracy)
    implements TrainingReport {}
