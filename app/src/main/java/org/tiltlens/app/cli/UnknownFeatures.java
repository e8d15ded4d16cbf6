package org.tiltlens.app.cli;

import java.util.List;
import java.util.stream.Collectors;

/** What is said of features that a harvest could not measure. */
final class UnknownFeatures {
  private static final int NAMED = 10;

  private UnknownFeatures() {}

  /** One line: how many, and the first of them. */
  static String line(List<Integer> features) {
    return features.stream()
        .limit(NAMED)
        .map(feature -> Integer.toString(feature))
        .collect(
            Collectors.joining(
                ", ",
                features.size() + " without statistics, as they are not finite on every image: ",
                features.size() > NAMED ? ", ..." : ""));
  }
}
