package org.tiltlens.study;

import java.io.IOException;
import org.tiltlens.run.Stopwatch;
import org.tiltlens.sampling.Sampling;
import org.tiltlens.tilting.Aim;

/**
 * What the parts of a run took, in wall-clock seconds; see {@link Stopwatch}.
 *
 * @param drawing the run's images or particles; null if it is not known
 * @param pilots all pilots; null if there were none or it is not known
 */
record DrawingSeconds(Double drawing, Double pilots) {

  /** What a run that is drawn took. */
  static DrawingSeconds of(Aim aim, Sampling sampling) throws IOException {
    Double pilots = aim.pilots().isEmpty() ? null : Double.valueOf(0);
    for (int round = 0; round < aim.pilots().size(); round++) {
      pilots = sum(pilots, sampling.seconds(Sampling.pilot(round)));
    }
    return new DrawingSeconds(sampling.seconds(Sampling.IMAGES), pilots);
  }

  private static Double sum(Double a, Double b) {
    return a == null || b == null ? null : Double.valueOf(a + b);
  }
}
