package org.tiltlens.training;

import java.util.List;

/**
 * A trained dictionary, on images it was not trained on.
 *
 * @param trainingLoss loss of the last step, not averaged
 * @param heldOutImages how many images the other numbers are over
 * @param explainedVariance see {@link DictionaryEvaluation}, as are the next three
 * @param deadShare share of the features that are active nowhere
 */
public record DictionaryReport(
    String kind,
    long steps,
    double seconds,
    double trainingLoss,
    int heldOutImages,
    double explainedVariance,
    double l0,
    double deadShare,
    List<Double> frequency)
    implements TrainingReport {}
