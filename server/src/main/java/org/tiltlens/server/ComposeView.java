package org.tiltlens.server;

import java.util.List;
import java.util.stream.IntStream;

/**
 * The page that composes features.
 *
 * @param features of the dictionary
 * @param rows of their maps
 * @param columns of their maps
 * @param first the feature to begin with; null for none
 * @param job that composes; null if none was asked for
 */
record ComposeView(
    BundleView bundle, int features, int rows, int columns, Integer first, StartedView job) {
  private static final int UNITS = 3;

  /** Places in the form, each for a feature. */
  List<Integer> units() {
    return IntStream.range(0, UNITS).boxed().toList();
  }
}
