package org.tiltlens.synthesis;

import org.tiltlens.tilting.Estimate;

/**
 * A number of a result, how far chance may have moved it, and how it was had.
 *
 * @param value the estimate
 * @param standardError of the value; absent where the data cannot tell
 * @param estimator how it was had, in a few words
 */
public record Estimated(double value, Double standardError, String estimator) {
  /** An estimate; its error is left out where it is not finite. */
  public static Estimated of(Estimate estimate, String estimator) {
    double error = estimate.standardError();
    return new Estimated(estimate.value(), Double.isFinite(error) ? error : null, estimator);
  }
}
