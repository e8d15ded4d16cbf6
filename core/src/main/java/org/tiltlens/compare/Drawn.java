package org.tiltlens.compare;

import java.util.List;

/**
 * Images of a method.
 *
 * @param setting what it was set to, in words
 * @param tensors their files, below the comparison's folder
 * @param secondsPerImage wall-clock seconds of drawing alone, over the images; null if they are not
 *     known
 * @param secondsFindingBeta the same of finding the method's beta; null if that takes none
 */
record Drawn(
    String setting, List<String> tensors, Double secondsPerImage, Double secondsFindingBeta) {

  /** The setting of a method with one number. */
  static String text(String name, double value) {
    return "%s %.4g".formatted(name, value);
  }
}
