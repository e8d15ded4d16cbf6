package org.tiltlens.study;

import java.io.IOException;
import org.tiltlens.run.Stopwatch;
import org.tiltlens.sampling.Sampling;
import org.tiltlens.tilting.Aim;

/**
 * What the parts of a run took, in wall-clock seconds; see {@link Stopwatch}.
 *
 * @param drawing the run's images or particles, those included that a pilot drew for it; null if it
 *     is not known
 * @param pilots all other pilots; null if there were none or it is not known
 */
record DrawingSeconds(Double drawing, Double pilots) {

  /** What a run that is drawn took. */
  static DrawingSeconds of(StudySpec spec, Aim aim, Sampling sampling) throws IOException {
    // Particles are drawn by themselves, whatever a pilot reached.
    Integer own = spec.isTwisted() ? null : aim.settled();
    Double drawing = sampling.seconds(Sampling.IMAGES);
    Double pilots = aim.pilots().isEmpty() ? null : Double.valueOf(0);
    for (int round = 0; round < aim.pilots().size(); round++) {
      Double pilot = sampling.seconds(Sampling.pilot(round));
      if (own != null && own == round) {
        drawing = sum(drawing, pilot);
      } else {
        pilots = sum(pilots, pilot);
      }
    }
    return new DrawingSeconds(drawing, pilots);
  }

  private static Double sum(Double a, Double b) {
    return a == null || b == null ? null : Double.valueOf(a + b);
  }
}
