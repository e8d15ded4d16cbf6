package org.tiltlens.training;

import java.util.LinkedHashMap;
import java.util.Map;
import org.tiltlens.diffusion.NoiseSchedule;
import org.tiltlens.diffusion.Predicts;
import org.tiltlens.unet.AdmUnetConfig;

/**
 * Which prior to train, and on what loss.
 *
 * @param network with {@code learnSigma}: the hybrid loss; with classes: the images' labels
 * @param noiseSchedule {@code linear} or {@code cosine}
 * @param diffusionSteps steps of the schedule
 * @param prediction what the network tells: the noise, or the velocity ({@code v})
 * @param minSnrGamma Hang et al.'s gamma (5 in the paper); infinite: no weighting
 * @param flip whether images are mirrored at random
 */
public record PriorSettings(
    AdmUnetConfig network,
    String noiseSchedule,
    int diffusionSteps,
    Predicts prediction,
    double minSnrGamma,
    boolean flip) {

  public PriorSettings {
    if (prediction == Predicts.X0) {
      throw new IllegalArgumentException("prediction: x0, must be epsilon or v");
    }
    if (!(minSnrGamma > 0)) {
      throw new IllegalArgumentException(
          "min-SNR gamma: " + minSnrGamma + ", must be above 0; 5 is usual");
    }
  }

  /** A linear schedule of 1000 steps, min-SNR weighting with gamma 5, flips. */
  public static PriorSettings of(AdmUnetConfig network) {
    return new PriorSettings(network, "linear", 1000, Predicts.EPSILON, 5, true);
  }

  NoiseSchedule schedule() {
    return NoiseSchedule.named(noiseSchedule, diffusionSteps);
  }

  /** The options a checkpoint's metadata holds, by guided-diffusion's names. */
  Map<String, String> options() {
    Map<String, String> options = new LinkedHashMap<>(network.options());
    options.put("noise_schedule", noiseSchedule);
    options.put("diffusion_steps", Integer.toString(diffusionSteps));
    if (prediction != Predicts.EPSILON) {
      options.put("prediction", prediction.word());
    }
    return options;
  }
}
