package org.tiltlens.synthesis;

import java.util.List;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.stream.LongStream;
import org.tiltlens.diffusion.Prior;
import org.tiltlens.feature.Score;
import org.tiltlens.tilting.Estimate;
import org.tiltlens.tilting.TiltEstimate;
import org.tiltlens.torch.Batching;

/** What twisted samplers of different seeds say of one tilt. */
record Runs(List<TiltEstimate> estimates) {

  static Runs of(Prior prior, Score score, double beta, int particles, int seeds) {
    TwistedSampler sampler =
        new TwistedSampler(
            prior, score, TiltOracle.tilt(beta), particles, Batching.together(particles));
    return new Runs(
        LongStream.range(0, seeds)
            .mapToObj(
                seed -> {
                  try (TwistedSamples drawn = sampler.run(seed)) {
                    return drawn.estimate();
                  }
                })
            .toList());
  }

  /** The runs' average, with the error that their spread shows. */
  Estimate logZ() {
    return average(TiltEstimate::logZ);
  }

  /** The runs' average, with the error that their spread shows. */
  Estimate mean() {
    return average(TiltEstimate::mean);
  }

  private Estimate average(Function<TiltEstimate, Estimate> of) {
    ToDoubleFunction<TiltEstimate> value = estimate -> of.apply(estimate).value();
    return Estimate.ofMean(estimates.stream().mapToDouble(value).toArray());
  }

  /** How many runs' own error bars, of two standard errors, cover the truth. */
  long covering(Function<TiltEstimate, Estimate> of, double truth) {
    return estimates.stream().filter(estimate -> of.apply(estimate).covers(truth, 2)).count();
  }
}
