package org.tiltlens.tilting;

/**
 * How far a tilt can be raised at once: as far as particles of the present one still stand for the
 * next.
 *
 * <pre>
 *   ESS(d) = (sum_i w_i)^2 / sum_i w_i^2        w_i = exp(d s_i)        d with ESS(d) = share n
 * </pre>
 *
 * <p>For particles of equal weight that is the conditional effective sample size of Zhou, Johansen
 * and Aston 2016, section 3. It falls as {@code |d|} grows, so bisection finds the one d.
 */
public final class Tempering {
  /** Halvings of a bracket whose ends differ by a factor of 2: to the last bit. */
  private static final int HALVINGS = 53;

  /** In ranges of the scores: beyond, only the highest have a weight. */
  private static final double FARTHEST = 1e6;

  private Tempering() {}

  /**
   * The step towards {@code wanted} that leaves an effective share of the particles.
   *
   * @param scores of particles of equal weight
   * @param share of the particles, in (0, 1)
   * @param wanted the step that would be taken if the particles allowed it, of any sign; infinite
   *     for as far as they allow
   * @return of the sign of {@code wanted} and at most as large
   * @throws IllegalArgumentException if scores that are all equal are asked for an infinite step
   */
  public static double step(double[] scores, double share, double wanted) {
    if (!(share > 0 && share < 1)) {
      throw new IllegalArgumentException(
          "effective share of the particles: " + share + ", must be between 0 and 1");
    }
    ScoreSample sample = ScoreSample.of(scores);
    double enough = share * scores.length;
    if (Double.isFinite(wanted) && sample.tilted(wanted).ess() >= enough) {
      return wanted;
    }
    if (sample.min() == sample.max()) {
      throw new IllegalArgumentException(
          "all "
              + scores.length
              + " particles score "
              + sample.min()
              + ": no tilt tells them apart, so no other mean score can be reached");
    }
    double sign = Math.signum(wanted);
    // Scores that differ by 1 / d weigh e times as much.
    double range = sample.max() - sample.min();
    double farthest = Math.min(Math.abs(wanted), FARTHEST / range);
    double high = 1 / range;
    while (high < farthest && sample.tilted(sign * high).ess() >= enough) {
      high *= 2;
    }
    double low = high;
    while (sample.tilted(sign * low).ess() < enough) {
      low /= 2;
    }
    for (int i = 0; i < HALVINGS; i++) {
      double middle = low + (high - low) / 2;
      if (sample.tilted(sign * middle).ess() >= enough) {
        low = middle;
      } else {
        high = middle;
      }
    }
    return sign * Math.min(low, farthest);
  }
}
