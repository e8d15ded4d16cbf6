package org.tiltlens.sampling;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import org.tiltlens.synthesis.TwistedSamples;

/**
 * What became of the particles of a twisted run.
 *
 * @param essPerStep effective number of particles at each of the steps + 1 weighings
 * @param resampledAt the steps before which particles were resampled
 * @param families how many of the first particles have descendants at the end
 */
public record Particles(List<Double> essPerStep, List<Integer> resampledAt, int families) {
  /** What a finished cloud tells. */
  public static Particles of(TwistedSamples samples) {
    return new Particles(samples.ess(), samples.resampled(), samples.families());
  }

  /** Effective number of particles at the end. */
  @JsonProperty
  public double ess() {
    return essPerStep.get(essPerStep.size() - 1);
  }
}
