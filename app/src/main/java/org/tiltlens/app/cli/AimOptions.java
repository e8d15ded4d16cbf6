package org.tiltlens.app.cli;

import org.tiltlens.models.ModelFiles;
import org.tiltlens.tilting.Pilots;
import org.tiltlens.tilting.Target;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** How strong the tilt is: its beta, or the mean score it should reach and how beta is found. */
final class AimOptions {
  private static final double USUAL_PERCENTILE = 99;

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
          "Mean score to reach; beta follows from the pool, or with a guided method from the corpus"
              + " and pilots. Default: none.")
  private Double activation;

  @Option(
      names = "--target-percentile",
      paramLabel = "P",
      description =
          "The same as a percentile of the corpus' scores. Default, if neither beta nor another"
              + " guidance is given: 99.")
  private Double targetPercentile;

  @Mixin private PilotOptions pilots;

  /** Whether a strength or a target is given. */
  boolean isGiven() {
    return beta != null || activation != null || targetPercentile != null;
  }

  /** As given, or null. */
  Double beta() {
    return beta;
  }

  /** The target given, or the usual one where nothing else says how strong the tilt is. */
  Target target(String method, ModelFiles files) {
    if (activation != null && targetPercentile != null) {
      throw new IllegalArgumentException("give one of --activation and --target-percentile");
    }
    if (activation != null || targetPercentile != null) {
      return new Target(activation, targetPercentile);
    }
    boolean aimless = beta == null && !method.equals("constant") && files.harvest() != null;
    return aimless ? Target.percentile(USUAL_PERCENTILE) : null;
  }

  /** How the beta of a target is found; null: from the corpus alone, or there is no target. */
  Pilots pilots(String method, Target target) {
    return pilots.pilots(method, target != null);
  }
}
