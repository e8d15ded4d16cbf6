package org.tiltlens.training;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * How weights follow their gradients; the same for all kinds of networks.
 *
 * @param seed names every random number of the training
 * @param batch images per step, at least 1
 * @param learningRate Adam's, above 0
 * @param weightDecay AdamW's (Loshchilov and Hutter 2019), on matrices and filters only; 0: none
 * @param warmupSteps steps over which the learning rate rises linearly from 0; 0: none
 * @param decaySteps step at which a cosine has brought the learning rate down to 0 (Loshchilov and
 *     Hutter 2017); 0: it stays
 * @param clipNorm gradients of a larger global norm are scaled down to it (Pascanu et al. 2013); 0:
 *     never
 * @param averageDecay decay of the exponential moving average of the weights, in [0, 1); early on
 *     it is {@code (1 + step) / (10 + step)} if that is less. 0: the weights themselves are the
 *     result
 */
public record TrainingSettings(
    long seed,
    int batch,
    double learningRate,
    double weightDecay,
    long warmupSteps,
    long decaySteps,
    double clipNorm,
    double averageDecay) {

  /** For a diffusion prior: Nichol and Dhariwal's rate and average, shortened for small runs. */
  public static final TrainingSettings PRIOR =
      new TrainingSettings(1, 64, 2e-4, 0, 500, 0, 1, 0.999);

  /** For a classifier: ConvNeXt's AdamW with its weight decay. */
  public static final TrainingSettings VISION =
      new TrainingSettings(1, 128, 1e-3, 0.05, 200, 0, 1, 0.999);

  /**
   * For a dictionary: plain Adam. Published ones were trained for days with a rate of 1e-4 (Zhou et
   * al. 2026); small networks want to be done in minutes, and every image has many positions.
   */
  public static final TrainingSettings DICTIONARY =
      new TrainingSettings(1, 32, 1e-3, 0, 50, 0, 0, 0);

  /** For an autoencoder of latents: a rate at which networks of a few minutes do not diverge. */
  public static final TrainingSettings AUTOENCODER =
      new TrainingSettings(1, 16, 1e-3, 0, 200, 0, 1, 0.999);

  public TrainingSettings {
    require(batch >= 1, "batch", batch, "at least 1");
    require(learningRate > 0 && learningRate < 10, "learning rate", learningRate, "in (0, 10)");
    require(weightDecay >= 0 && weightDecay < 10, "weight decay", weightDecay, "in [0, 10)");
    require(warmupSteps >= 0, "warm-up", warmupSteps, "at least 0 steps");
    require(
        decaySteps == 0 || decaySteps > warmupSteps,
        "decay",
        decaySteps,
        "0 or more steps than the warm-up");
    require(clipNorm >= 0, "clipping norm", clipNorm, "at least 0");
    require(averageDecay >= 0 && averageDecay < 1, "average", averageDecay, "in [0, 1)");
  }

  private static void require(boolean holds, String name, Number value, String expected) {
    if (!holds) {
      throw new IllegalArgumentException(name + ": " + value + ", must be " + expected);
    }
  }

  /** The learning rate of the step after {@code done} steps. */
  double rate(long done) {
    double warm = warmupSteps == 0 ? 1 : Math.min(1, (done + 1) / (double) warmupSteps);
    if (decaySteps == 0 || done < warmupSteps) {
      return learningRate * warm;
    }
    double progress = Math.min(1, (done - warmupSteps) / (double) (decaySteps - warmupSteps));
    return learningRate * (1 + Math.cos(Math.PI * progress)) / 2;
  }

  /** The average's decay in the step after {@code done} steps. */
  double decay(long done) {
    return Math.min(averageDecay, (1.0 + done) / (10.0 + done));
  }

  /** What must not change when a training is resumed, for its checkpoint. */
  Map<String, String> describe() {
    Map<String, String> settings = new LinkedHashMap<>();
    settings.put("seed", Long.toString(seed));
    settings.put("batch", Integer.toString(batch));
    settings.put("learning rate", Double.toString(learningRate));
    settings.put("weight decay", Double.toString(weightDecay));
    settings.put("warm-up", Long.toString(warmupSteps));
    settings.put("decay", Long.toString(decaySteps));
    settings.put("clipping norm", Double.toString(clipNorm));
    settings.put("average", Double.toString(averageDecay));
    return settings;
  }
}
