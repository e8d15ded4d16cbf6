package org.tiltlens.compare;

import java.util.List;

/**
 * Images of a method.
 *
 * @param setting what it was set to, in words
 * @param tensors their files, below the comparison's folder
 * @param ofPrior whether these hold where the prior's paths end, which it decodes; else images
 * @param secondsPerImage wall-clock seconds of drawing alone, over the images; null if they are not
 *     known
 * @param secondsFindingBeta the same of finding the method's beta; null if that takes none
 * @param units of each image, equal numbers for those that hang together
 * @param kl how far what the method draws from is from the natural images; null if it is not known
 */
record Drawn(
    String setting,
    List<String> tensors,
    boolean ofPrior,
    Double secondsPerImage,
    Double secondsFindingBeta,
    List<Integer> units,
    CompareResult.Divergence kl) {

  /** The same with what the method pays. */
  Drawn paying(CompareResult.Divergence divergence) {
    return new Drawn(
        setting, tensors, ofPrior, secondsPerImage, secondsFindingBeta, units, divergence);
  }

  /** The same with another word on what the method was set to. */
  Drawn settingOf(String text) {
    return new Drawn(text, tensors, ofPrior, secondsPerImage, secondsFindingBeta, units, kl);
  }

  /** The same with images that hang together. */
  Drawn ofUnits(List<Integer> own) {
    return new Drawn(setting, tensors, ofPrior, secondsPerImage, secondsFindingBeta, own, kl);
  }

  /** What the KL of guided paths is. */
  static final String OF_PATHS =
      "of the sampling paths from the prior's: an upper bound of the images' from the prior";

  /** The setting of a method with one number. */
  static String text(String name, double value) {
    return "%s %.4g".formatted(name, value);
  }
}
