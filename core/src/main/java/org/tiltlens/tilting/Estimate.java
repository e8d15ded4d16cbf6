package org.tiltlens.tilting;

import java.util.Arrays;

/**
 * A number known up to chance, with the standard deviation of that chance.
 *
 * @param value the estimate
 * @param standardError at least 0; infinite where the data cannot tell
 */
public record Estimate(double value, double standardError) {
  public Estimate {
    if (!(standardError >= 0)) {
      throw new IllegalArgumentException(
          "standard error " + standardError + " of " + value + ", must be at least 0");
    }
  }

  /**
   * The mean of independent draws; its error is {@code sqrt(sum (v - mean)^2 / (n (n - 1)))}.
   *
   * @throws IllegalArgumentException if there is no draw
   */
  public static Estimate ofMean(double... draws) {
    double mean =
        Arrays.stream(draws)
            .average()
            .orElseThrow(() -> new IllegalArgumentException("the mean of no draws: give one"));
    if (draws.length == 1) {
      return new Estimate(mean, Double.POSITIVE_INFINITY);
    }
    double squares = Arrays.stream(draws).map(draw -> (draw - mean) * (draw - mean)).sum();
    return new Estimate(mean, Math.sqrt(squares / draws.length / (draws.length - 1)));
  }

  /** The sum with an estimate made from other draws: variances add. */
  public Estimate plus(Estimate independent) {
    return new Estimate(
        value + independent.value, Math.hypot(standardError, independent.standardError));
  }

  /** Whether {@code truth} is within so many standard errors. */
  public boolean covers(double truth, double standardErrors) {
    return Math.abs(value - truth) <= standardErrors * standardError;
  }

  @Override
  public String toString() {
    return value + " +- " + standardError;
  }
}
