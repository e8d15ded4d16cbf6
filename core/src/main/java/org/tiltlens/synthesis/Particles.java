package org.tiltlens.synthesis;

import java.util.List;

/**
 * What became of the particles of a twisted run.
 *
 * @param essPerStep effective number of particles at each of the steps + 1 weighings
 * @param resampledAt the steps before which particles were resampled
 * @param families how many of the first particles have descendants at the end
 * @param ess effective number of particles at the end
 */
public record Particles(
    List<Double> essPerStep, List<Integer> resampledAt, int families, double ess) {
  /** What a finished cloud tells. */
  public static Particles of(TwistedSamples samples) {
    List<Double> ess = samples.ess();
    return new Particles(ess, samples.resampled(), samples.families(), ess.get(ess.size() - 1));
  }
}
