package org.tiltlens.training;

/**
 * A trained prior.
 *
 * @param trainingLoss loss of the last step, not averaged
 * @param heldOutImages how many images the next number is over
 * @param heldOutLoss mean loss of images not trained on, one time and noise each
 */
public record PriorReport(
    String kind,
    long steps,
    double seconds,
    double trainingLoss,
    int heldOutImages,
    double heldOutLoss)
    implements TrainingReport {}
