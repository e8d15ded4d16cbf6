package org.tiltlens.training;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import java.util.Locale;

/**
 * A trained prior.
 *
 * @param trainingLoss loss of the last step, not averaged; null if a resumed training had none to
 *     make
 * @param heldOutImages how many images the next number is over
 * @param heldOutLoss mean loss of images not trained on, one time and noise each
 * @param sampling how its samples compare; its numbers stand beside the others in the JSON
 */
public record PriorReport(
    String kind,
    long steps,
    double seconds,
    Double trainingLoss,
    int heldOutImages,
    double heldOutLoss,
    @JsonUnwrapped SampleReport sampling)
    implements TrainingReport {
  @Override
  public String summary() {
    return String.format(
            Locale.ROOT,
            "%s: %d steps in %.0f s, loss %.4f on %d images held out",
            kind,
            steps,
            seconds,
            heldOutLoss,
            heldOutImages)
        + sampling.summary();
  }
}
