package org.tiltlens.tilting;

/**
 * Student's t: what a standard error from a few independent runs owes to its own chance.
 *
 * <p>Source: Abramowitz and Stegun 1964, 26.7.3 and 26.7.4, the distribution for a whole number of
 * degrees of freedom.
 */
final class StudentT {
  private static final double CONFIDENCE = 0.95;
  private static final int HALVINGS = 60;

  private StudentT() {}

  /**
   * The factor of a standard error of so many degrees of freedom with which value +- 2 standard
   * errors is a 95 % interval: half of the 97.5th percentile of t.
   *
   * @param degrees at least 1
   */
  static double widening(int degrees) {
    double low = 0;
    double high = Math.PI / 2;
    for (int i = 0; i < HALVINGS; i++) {
      double middle = (low + high) / 2;
      if (within(middle, degrees) < CONFIDENCE) {
        low = middle;
      } else {
        high = middle;
      }
    }
    return Math.sqrt(degrees) * Math.tan(low) / 2;
  }

  /** {@code P(|t| < sqrt(degrees) tan angle)}. */
  private static double within(double angle, int degrees) {
    boolean odd = degrees % 2 == 1;
    double cosine = Math.cos(angle);
    double term = odd ? cosine : 1;
    double sum = 0;
    for (int k = odd ? 1 : 0; k <= degrees - 2; k += 2) {
      sum += term;
      term *= cosine * cosine * (k + 1) / (k + 2);
    }
    double series = Math.sin(angle) * sum;
    return odd ? 2 / Math.PI * (angle + series) : series;
  }
}
