package org.tiltlens.training;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import java.util.Locale;

/**
 * A trained autoencoder of latents.
 *
 * @param trainingLoss loss of the last step, not averaged; null if a resumed training had none to
 *     make
 * @param scalingFactor 1 / the latents' deviation, as its file has it: latents times it have unit
 *     variance, for a prior of them
 * @param reconstructions how near they are; its numbers stand beside the others in the JSON
 */
public record AutoencoderReport(
    String kind,
    long steps,
    double seconds,
    Double trainingLoss,
    double scalingFactor,
    @JsonUnwrapped ReconstructionReport reconstructions)
    implements TrainingReport {
  @Override
  public String summary() {
    return String.format(
        Locale.ROOT, "%s: %d steps in %.0f s, %s", kind, steps, seconds, reconstructions.summary());
  }
}
