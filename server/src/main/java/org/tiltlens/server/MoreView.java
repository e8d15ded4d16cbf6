package org.tiltlens.server;

import java.util.List;

/**
 * What else can be asked of a feature.
 *
 * @param feature its index
 * @param drawn levels of which there are exact samples
 * @param compared methods side by side
 * @param frontier what driving it costs
 */
record MoreView(int feature, List<String> drawn, StartedView compared, FrontierView frontier) {
  MoreView {
    drawn = List.copyOf(drawn);
  }
}
