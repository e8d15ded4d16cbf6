package org.tiltlens.tilting;

/**
 * What a few samples say of a tilt: their mean score.
 *
 * @param beta the tilt's strength
 * @param meanScore mean of the samples' scores
 * @param standardError of that mean; not a number for a single sample
 */
public record Pilot(double beta, double meanScore, double standardError) {

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
    return new Pilot(beta, mean, Math.sqrt(squares / (n - 1) / n));
  }
}
