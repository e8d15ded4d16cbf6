package org.tiltlens.training;

import java.util.Optional;
import org.tiltlens.vision.ConvNextConfig;

/**
 * Which classifier to train.
 *
 * @param network the ConvNeXt under the linear head
 * @param layerScale first value of every block's layer scale. ConvNeXt's 1e-6 is for hundreds of
 *     epochs; a short training of a shallow network wants 0.1
 * @param labelSmoothing share of the target spread over all classes, in [0, 1)
 * @param augmentation flips and shifts
 * @param regularisation what is done beyond those to a batch and to the network
 * @param stop when it ends before its budget; empty: never
 */
public record VisionSettings(
    ConvNextConfig network,
    double layerScale,
    double labelSmoothing,
    Augmentation augmentation,
    Regularisation regularisation,
    Optional<EarlyStop> stop) {

  public VisionSettings {
    if (!(layerScale > 0 && layerScale <= 1)) {
      throw new IllegalArgumentException("layer scale: " + layerScale + ", must be in (0, 1]");
    }
    if (!(labelSmoothing >= 0 && labelSmoothing < 1)) {
      throw new IllegalArgumentException(
          "label smoothing: " + labelSmoothing + ", must be in [0, 1)");
    }
  }

  /** Layer scale 0.1, label smoothing 0.1, flips and shifts by up to 2 pixels. */
  public static VisionSettings of(ConvNextConfig network) {
    return new VisionSettings(
        network, 0.1, 0.1, new Augmentation(true, 2), Regularisation.NONE, Optional.empty());
  }
}
