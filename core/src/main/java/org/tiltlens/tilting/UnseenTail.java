package org.tiltlens.tilting;

/**
 * Widens the errors of a tilted sample for the tail that none of its images reached.
 *
 * <pre>
 *   se' = se sqrt(1 + c (1 / ESS - 1 / N))      c = 80 for log Z, 400 for m, 700 for KL
 * </pre>
 *
 * <p>The {@link Jackknife} sees the images that are there. A tilt lives on the highest scores, and
 * where few images carry its weight those that would matter most were not drawn: then intervals of
 * two of its errors hold KL in two runs of three only. The numbers c are fitted, on samples of 512
 * and 2,048 normal scores at KL 0.5 to 4, so that intervals of two errors hold the truth in 91 to
 * 97 % down to an ESS of 16, and in 90 % at 11; they are wide for scores that have an end, and
 * narrow for tails heavier than normal ones. Without a tilt nothing is added.
 */
final class UnseenTail {
  private static final double LOG_Z = 80;
  private static final double MEAN = 400;
  private static final double KL = 700;

  private UnseenTail() {}

  static TiltEstimate allowedFor(TiltEstimate seen, double ess, long images) {
    return new TiltEstimate(
        widened(seen.logZ(), LOG_Z, ess, images),
        allowedFor(seen.mean(), ess, images),
        widened(seen.kl(), KL, ess, images));
  }

  /** The same of a mean alone. */
  static Estimate allowedFor(Estimate mean, double ess, long images) {
    return widened(mean, MEAN, ess, images);
  }

  private static Estimate widened(Estimate seen, double c, double ess, long images) {
    // An ESS of N may round to a little more.
    double few = Math.max(0, 1 / ess - 1.0 / images);
    return new Estimate(seen.value(), seen.standardError() * Math.sqrt(1 + c * few));
  }
}
