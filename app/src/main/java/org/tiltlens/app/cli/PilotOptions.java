package org.tiltlens.app.cli;

import java.util.Set;
import org.tiltlens.tilting.Pilots;
import picocli.CommandLine.Option;

/** How the betas that reach a target are found. */
final class PilotOptions {
  /** What makes the error that pilots correct: that of plug-in guidance. */
  private static final Set<String> CORRECTED = Set.of("tilt");

  @Option(
      names = "--pilots",
      paramLabel = "R",
      description =
          "Betas to try, at the most, on the way to the target, with tilt guidance; 0: take the"
              + " corpus' as they are. Default: 6; 0 for other guidance.")
  private Integer rounds;

  @Option(
      names = "--pilot-images",
      paramLabel = "N",
      description = "Images to draw at each of them, of other noise than the run's. Default: 16.")
  private Integer images;

  /**
   * What was asked for, or what is usual; null: betas come from the corpus alone, or are given.
   *
   * @param guidance such as {@code twisted}
   * @param aimed whether there is a target
   */
  Pilots pilots(String guidance, boolean aimed) {
    boolean given = rounds != null || images != null;
    int most = rounds == null ? Pilots.USUAL.rounds() : rounds;
    if (most == 0 && images != null) {
      throw new IllegalArgumentException(
          "--pilot-images " + images + " has a meaning only with --pilots 1 or more");
    }
    if (most == 0 || (!given && (!aimed || !CORRECTED.contains(guidance)))) {
      return null;
    }
    return new Pilots(most, images == null ? Pilots.USUAL.images() : images);
  }

  /**
   * How many images to draw where nobody says: as many as a pilot's.
   *
   * @param pilots null without any
   * @param particles of which they are picked; null without any
   * @param otherwise for a run without pilots, and no more than there are particles
   */
  static int usualCount(Pilots pilots, Integer particles, int otherwise) {
    if (pilots != null) {
      return pilots.images();
    }
    return particles == null ? otherwise : Math.min(otherwise, particles);
  }
}
