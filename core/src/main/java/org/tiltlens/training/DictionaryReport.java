package org.tiltlens.training;

import java.util.List;
import java.util.Locale;

/**
 * A trained dictionary, on images it was not trained on.
 *
 * @param trainingLoss loss of the last step, not averaged; null if a resumed training had none to
 *     make
 * @param heldOutImages how many images the other numbers are over
 * @param explainedVariance see {@link DictionaryEvaluation}, as are the next three
 * @param deadShare share of the features that are active nowhere
 */
public record DictionaryReport(
    String kind,
    long steps,
    double seconds,
    Double trainingLoss,
    int heldOutImages,
    double explainedVariance,
    double l0,
    double deadShare,
    List<Double> frequency)
    implements TrainingReport {
  @Override
  public String summary() {
    return String.format(
        Locale.ROOT,
        "%s: %d steps in %.0f s, explained variance %.4f, L0 %.1f, %.1f %% dead features on %d"
            + " images held out",
        kind,
        steps,
        seconds,
        explainedVariance,
        l0,
        100 * deadShare,
        heldOutImages);
  }
}
