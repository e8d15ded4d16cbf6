package org.tiltlens.frontier;

import java.util.List;
import java.util.stream.IntStream;
import org.tiltlens.tilting.BestOf;
import org.tiltlens.tilting.Estimate;
import org.tiltlens.tilting.HardTruncation;
import org.tiltlens.tilting.ScoreSample;
import org.tiltlens.tilting.TiltEstimate;
import org.tiltlens.tilting.TiltedScores;
import org.tiltlens.tilting.Tilting;

/**
 * The methods that take their images from the corpus: exact on it, with the errors they have as
 * estimates for the p it was drawn from.
 *
 * @param sample the corpus' scores
 */
record CorpusFrontier(ScoreSample sample) {
  /** Means at which the curve of soft retrieval is computed. */
  private static final int CURVE = 24;

  private static final String JACKKNIFE = "beta m - log Z of the corpus, jackknife";

  /** Betas whose tilts have mean scores evenly between the corpus' own mean and its highest. */
  List<Double> curve() {
    double step = (sample.max() - sample.mean()) / CURVE;
    return step == 0
        ? List.of()
        : IntStream.range(1, CURVE)
            .mapToObj(i -> Tilting.solve(sample, sample.mean() + i * step))
            .toList();
  }

  FrontierPoint retrieval(double beta) {
    TiltedScores tilt = sample.tilted(beta);
    TiltEstimate estimate = tilt.estimate();
    String estimator =
        tilt.isExhausted() ? JACKKNIFE + "; near log N, not to be trusted" : JACKKNIFE;
    return FrontierPoint.of(
        FrontierMethod.RETRIEVAL, beta, estimate.mean(), estimate.kl(), estimator, sample.size());
  }

  FrontierPoint top(int k) {
    HardTruncation cut = HardTruncation.top(sample, k);
    return FrontierPoint.of(
        FrontierMethod.TOP_K,
        k,
        new Estimate(cut.mean(), cut.standardError(sample)),
        new Estimate(cut.kl(), 0),
        "log(N / K)",
        k);
  }

  FrontierPoint best(int n) {
    BestOf best = new BestOf(n);
    return FrontierPoint.of(
        FrontierMethod.BEST_OF_N,
        n,
        new Estimate(best.mean(sample), best.standardError(sample)),
        new Estimate(best.kl(sample), 0),
        "exact on the corpus",
        sample.size());
  }

  /** The least KL of this mean; null out of the corpus' reach. */
  Double leastKl(double mean) {
    return mean >= sample.min() && mean <= sample.max() ? Tilting.leastKl(sample, mean) : null;
  }
}
