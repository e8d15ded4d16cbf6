package org.tiltlens.app.cli;

import org.tiltlens.study.ModelFiles;
import org.tiltlens.study.Pilots;
import org.tiltlens.study.Target;
import picocli.CommandLine.Option;

/** How strong the tilt is: its beta, or the mean score it should reach and how beta is found. */
final class AimOptions {
  private static final double USUAL_PERCENTILE = 99;

  @Option(names = "--beta", paramLabel = "B", description = "Tilt strength.")
  private Double beta;

  @Option(
      names = "--activation",
      paramLabel = "M",
      description = "Mean score to reach; beta follows from the harvested corpus.")
  private Double activation;

  @Option(
      names = "--target-percentile",
      paramLabel = "P",
      description =
          "The same as a percentile of the corpus' scores. Default, if neither beta nor another"
              + " guidance is given: 99.")
  private Double targetPercentile;

  @Option(
      names = "--pilots",
      paramLabel = "R",
      description =
          "Betas to try, at the most, on the way to the target, with tilt guidance; 0: take the"
              + " corpus' beta as it is. Default: 6; 0 for twisted guidance.")
  private Integer pilotRounds;

  @Option(
      names = "--pilot-images",
      paramLabel = "N",
      description = "Images to draw at each of them, the run's own first. Default: 16.")
  private Integer pilotImages;

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

  /**
   * How the beta of a target is found; null: from the corpus alone, or there is no target.
   *
   * <p>Pilots correct an error of plug-in guidance, which weighted particles do not make.
   */
  Pilots pilots(String method, Target target) {
    boolean given = pilotRounds != null || pilotImages != null;
    int rounds = pilotRounds == null ? Pilots.USUAL.rounds() : pilotRounds;
    if (rounds == 0 || (!given && (target == null || method.equals("twisted")))) {
      return null;
    }
    return new Pilots(rounds, pilotImages == null ? Pilots.USUAL.images() : pilotImages);
  }
}
