package org.tiltlens.app.cli;

import org.tiltlens.tilting.Target;
import picocli.CommandLine.Option;

/** How strong a tilt is: its beta, or the mean score it should reach. */
final class TiltOptions {
  private static final Target USUAL = Target.percentile(99);

  @Option(
      names = "--beta",
      paramLabel = "B",
      description =
          "Tilt strength; negative for what suppresses the unit. Default: what reaches a target.")
  private Double beta;

  @Option(
      names = "--activation",
      paramLabel = "M",
      description =
          "Mean score that the tilt is to have. Its beta is found on the pool; by retrieve on the"
              + " corpus; of guided methods on the corpus, then by pilots. Default: none.")
  private Double activation;

  @Option(
      names = "--target-percentile",
      paramLabel = "P",
      description =
          "The same as a percentile of the corpus' scores. Default, where nothing else says how"
              + " strong: 99.")
  private Double targetPercentile;

  /** Whether a strength or a target is given. */
  boolean isGiven() {
    return beta != null || isAimed();
  }

  private boolean isAimed() {
    return activation != null || targetPercentile != null;
  }

  /** As given, or null. */
  Double beta() {
    return beta;
  }

  /**
   * The target given.
   *
   * @param aimless whether the usual one is meant if nothing is given
   * @return null for none
   */
  Target target(boolean aimless) {
    if (activation != null && targetPercentile != null) {
      throw new IllegalArgumentException("give one of --activation and --target-percentile");
    }
    if (isAimed()) {
      return new Target(activation, targetPercentile);
    }
    return aimless && beta == null ? USUAL : null;
  }
}
