package org.tiltlens.server;

import java.util.List;

/**
 * The page of a feature at a level: samples by what leads them, side by side.
 *
 * @param feature its index
 * @param level the percentile, as people read it
 * @param rows exact samples, and those of other guidance
 * @param drawn levels of which there are exact samples
 * @param said what the form says
 * @param without what cannot lead samples by such steps, and why
 */
record LevelsView(
    BundleView bundle,
    int feature,
    String level,
    List<LevelView> rows,
    List<String> drawn,
    Said said,
    List<String> without) {
  LevelsView {
    rows = List.copyOf(rows);
    drawn = List.copyOf(drawn);
    without = List.copyOf(without);
  }
}
