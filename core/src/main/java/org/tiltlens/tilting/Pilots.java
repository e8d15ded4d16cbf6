package org.tiltlens.tilting;

/**
 * Runs before the run that find out which beta reaches its target.
 *
 * @param rounds how many betas may be tried, at least 1
 * @param images drawn at each beta, at least 2, of noise that is the pilots' own
 */
public record Pilots(int rounds, int images) {
  /** For single units: a mean score within some percent of the target. */
  public static final Pilots USUAL = new Pilots(6, 16);

  /** For galleries of many targets: about the target, in half the time of the gallery. */
  public static final Pilots FEW = new Pilots(2, 4);

  private static final int MOST_ROUNDS = 100;
  private static final int MOST_IMAGES = 100_000;

  public Pilots {
    if (rounds < 1 || rounds > MOST_ROUNDS || images < 2 || images > MOST_IMAGES) {
      throw new IllegalArgumentException(
          "illegal `pilots`: %d rounds of %d images, must be 1..%d rounds of 2..%d images"
              .formatted(rounds, images, MOST_ROUNDS, MOST_IMAGES));
    }
  }
}
