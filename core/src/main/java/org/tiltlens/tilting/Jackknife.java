package org.tiltlens.tilting;

import java.util.function.ToDoubleFunction;

/**
 * Standard errors of a tilted sample: how far log Z, m and KL would move on other images of p.
 *
 * <pre>
 *   theta_-i = theta without image i      se^2 = (N - 1) / N sum_i (theta_-i - mean theta_-.)^2
 * </pre>
 *
 * <p>Source: Efron and Stein 1981 (Tukey's jackknife). Leaving an image out takes its weight and
 * its score out of two sums, so all N take O(N) together. The errors hold for images drawn
 * independently from p, and where no few of them carry the weight: else they are too low, as the
 * images that would matter were never drawn, which {@link UnseenTail} allows for. A {@linkplain
 * ScoreSample#condensed condensed} sample leaves out the spread inside its groups.
 */
final class Jackknife {
  private final ScoreSample sample;
  private final TiltedScores whole;

  private Jackknife(TiltedScores whole, ScoreSample sample) {
    this.sample = sample;
    this.whole = whole;
  }

  /** The tilt's own numbers with their errors; infinite ones for a sample of one image. */
  static TiltEstimate of(TiltedScores tilt, ScoreSample sample) {
    return new Jackknife(tilt, sample).estimate();
  }

  /** log Z and m relative to the pivot, and KL. */
  private record Values(double logZ, double mean, double kl) {}

  private TiltEstimate estimate() {
    Values[] without = new Values[sample.entries()];
    if (sample.size() > 1) {
      double total = Math.exp(whole.logZAbovePivot()) * sample.size();
      for (int i = 0; i < without.length; i++) {
        without[i] = without(i, total);
      }
    }
    return new TiltEstimate(
        new Estimate(whole.logZ(), standardError(without, Values::logZ)),
        new Estimate(whole.mean(), standardError(without, Values::mean)),
        new Estimate(whole.kl(), standardError(without, Values::kl)));
  }

  private Values without(int entry, double total) {
    double weight = Math.exp(whole.logWeight(entry));
    if (weight > total / 2) {
      // The rest is too small to be had by subtraction. At most one image weighs that much.
      TiltedScores rest = sample.without(entry).tilted(whole.beta());
      double shift = rest.pivot() - whole.pivot();
      double logZ = rest.logZAbovePivot() + whole.beta() * shift;
      return new Values(logZ, rest.meanAbove(whole.pivot()), rest.kl());
    }
    double left = total - weight;
    double offset = sample.score(entry) - whole.pivot();
    double logZ = Math.log(left / (sample.size() - 1));
    double mean = (whole.meanAbove(whole.pivot()) * total - weight * offset) / left;
    return new Values(logZ, mean, whole.beta() * mean - logZ);
  }

  private double standardError(Values[] without, ToDoubleFunction<Values> of) {
    double n = sample.size();
    if (n == 1) {
      return Double.POSITIVE_INFINITY;
    }
    double mean = 0;
    for (int i = 0; i < without.length; i++) {
      mean += of.applyAsDouble(without[i]) * (sample.count(i) / n);
    }
    double squares = 0;
    for (int i = 0; i < without.length; i++) {
      double difference = of.applyAsDouble(without[i]) - mean;
      squares += sample.count(i) * difference * difference;
    }
    return Math.sqrt((n - 1) / n * squares);
  }
}
