package org.tiltlens.app.cli;

import picocli.CommandLine.Option;

/** How a unit's map becomes one number. */
final class ReductionOptions {
  @Option(
      names = "--reduction",
      paramLabel = "R",
      description = "Map to number: mix:A, max, mean or lse:T. Default: ${DEFAULT-VALUE}.")
  private String reduction = "mix:0.7";

  @Option(
      names = "--center",
      paramLabel = "F",
      description =
          "Side of the central crop of the map that counts, in (0, 1]. Default: ${DEFAULT-VALUE}.")
  private double center = 0.5;

  String reduction() {
    return reduction;
  }

  double center() {
    return center;
  }
}
