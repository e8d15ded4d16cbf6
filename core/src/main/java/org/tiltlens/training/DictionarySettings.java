package org.tiltlens.training;

import java.util.OptionalDouble;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.feature.DictionaryConfig;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;
import org.tiltlens.vision.HookPoint;
import org.tiltlens.vision.VisionModel;

/**
 * Which dictionary to train.
 *
 * @param config its architecture, with the hook points it reads and predicts
 * @param expansionFactor features per channel, K / C
 * @param explainedVariance the aim at which training stops, in (0, 1); 0: train until the budget is
 *     spent
 * @param normImages over how many images, drawn at random, the average activation norms are
 *     measured before the first step
 */
public record DictionarySettings(
    DictionaryConfig config, int expansionFactor, double explainedVariance, int normImages) {

  private static final int KERNEL = 7;

  /** Their many positions tell an average to a percent, and decoding more would take minutes. */
  private static final int NORM_IMAGES = 2048;

  public DictionarySettings {
    if (expansionFactor < 1 || expansionFactor > 1024) {
      throw new IllegalArgumentException(
          "expansion factor: " + expansionFactor + ", must be 1..1024");
    }
    if (!(explainedVariance >= 0 && explainedVariance < 1)) {
      throw new IllegalArgumentException(
          "explained variance to reach: " + explainedVariance + ", must be in [0, 1)");
    }
    if (normImages < 1) {
      throw new IllegalArgumentException(
          "images to measure norms over: " + normImages + ", must be at least 1");
    }
    if (config.topK() > config.channels() * expansionFactor) {
      throw new IllegalArgumentException(
          "top-k "
              + config.topK()
              + " of only "
              + config.channels() * expansionFactor
              + " features");
    }
  }

  /**
   * The transcoder of Zhou et al. 2026: 7 x 7 filters read what a block finds and predict what it
   * adds.
   *
   * @param block the model's name of it, such as {@code stages.2.20}
   */
  public static DictionarySettings transcoder(
      VisionModel vision, String block, int expansionFactor, int topK, double explainedVariance) {
    return of(
        vision,
        new HookPoint(block, HookPoint.Site.RESID_PRE),
        new HookPoint(block, HookPoint.Site.BLOCK_OUT),
        DictionaryConfig.Type.CNNSAE,
        expansionFactor,
        topK,
        explainedVariance);
  }

  /** A plain sparse autoencoder: each position by itself, input and target the same. */
  public static DictionarySettings autoencoder(
      VisionModel vision, HookPoint at, int expansionFactor, int topK, double explainedVariance) {
    return of(vision, at, at, DictionaryConfig.Type.SAE, expansionFactor, topK, explainedVariance);
  }

  private static DictionarySettings of(
      VisionModel vision,
      HookPoint in,
      HookPoint out,
      DictionaryConfig.Type type,
      int expansionFactor,
      int topK,
      double explainedVariance) {
    boolean filters = type == DictionaryConfig.Type.CNNSAE;
    DictionaryConfig config =
        new DictionaryConfig(
            type,
            vision.channels(vision.require(in)),
            DictionaryConfig.Activation.TOPK,
            topK,
            OptionalDouble.empty(),
            in.toString(),
            out.toString(),
            true,
            true,
            true,
            filters ? KERNEL : 1,
            filters ? KERNEL / 2 : 0);
    return new DictionarySettings(config, expansionFactor, explainedVariance, NORM_IMAGES);
  }

  /**
   * The same for images of a side in pixels: filters reach no further than from one end of the maps
   * to the other, as a weight beyond would see nothing but padding.
   */
  public DictionarySettings forImagesOf(VisionModel vision, int pixels) {
    long side;
    try (Scope scope = Scope.open()) {
      Tensor grey = Tensors.full(0, 1, 3, pixels, pixels);
      side = vision.activations(grey, in()).size(2);
    }
    return withFiltersFor((int) side);
  }

  /**
   * The same for maps of a side.
   *
   * @param side at least 1
   */
  DictionarySettings withFiltersFor(int side) {
    int kernel = Math.min(config.kernelSize(), 2 * side - 1);
    DictionaryConfig smaller =
        new DictionaryConfig(
            config.type(),
            config.channels(),
            config.activation(),
            config.topK(),
            config.threshold(),
            config.hookPointIn(),
            config.hookPointOut(),
            config.datasetNorms(),
            config.decoderNormGates(),
            config.decoderBias(),
            kernel,
            kernel / 2);
    return new DictionarySettings(smaller, expansionFactor, explainedVariance, normImages);
  }

  HookPoint in() {
    return HookPoint.parse(config.hookPointIn());
  }

  HookPoint out() {
    return HookPoint.parse(config.hookPointOut());
  }

  /** K. */
  long features() {
    return (long) config.channels() * expansionFactor;
  }
}
