package org.tiltlens.server;

import java.util.List;

/**
 * What else can be asked of a feature.
 *
 * @param feature its index
 * @param drawn levels of which there are exact samples
 * @param compared methods side by side
 * @param others comparisons and frontiers that are done, by their pages
 * @param frontier what driving it costs
 */
record MoreView(
    int feature,
    List<String> drawn,
    StartedView compared,
    List<JobView> others,
    FrontierView frontier) {
  MoreView {
    drawn = List.copyOf(drawn);
    others = List.copyOf(others);
  }

  /** Those of a command. */
  List<JobView> others(String command) {
    return others.stream().filter(job -> job.command().equals(command)).toList();
  }
}
