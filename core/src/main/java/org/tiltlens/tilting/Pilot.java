package org.tiltlens.tilting;

/**
 * What a few samples say of a tilt: their mean score.
 *
 * @param beta the tilt's strength
 * @param meanScore mean of the samples' scores
 * @param standardError of that mean; not a number for a single sample
 * @param farthest the score farthest from that mean; null where nobody kept it
 */
public record Pilot(double beta, double meanScore, double standardError, Double farthest) {
  /** One of which the mean alone is known. */
  public Pilot(double beta, double meanScore, double standardError) {
    this(beta, meanScore, standardError, null);
  }

  /**
   * The pilot of some samples.
   *
   * @param scores at least one
   */
  public static Pilot of(double beta, double... scores) {
    double mean = 0;
    for (double score : scores) {
      mean += score / scores.length;
    }
    double squares = 0;
    for (double score : scores) {
      squares += (score - mean) * (score - mean);
    }
    double n = scores.length;
    double farthest = scores[0];
    for (double score : scores) {
      farthest = Math.abs(score - mean) > Math.abs(farthest - mean) ? score : farthest;
    }
    return new Pilot(beta, mean, Math.sqrt(squares / (n - 1) / n), farthest);
  }
}
