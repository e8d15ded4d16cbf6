package org.tiltlens.compare;

import java.io.IOException;
import org.tiltlens.run.Progress;
import org.tiltlens.study.Study;
import org.tiltlens.study.StudyResult;
import org.tiltlens.tilting.Target;

/** The study of a feature's tilt by plug-in guidance; made when first asked for. */
final class CompareTilt {
  private final CompareContext context;
  private final int feature;
  private final Target wanted;
  private StudyResult result;

  /**
   * @param wanted what the comparison's calibrating half says is to be reached
   */
  CompareTilt(CompareContext context, int feature, Target wanted) {
    this.context = context;
    this.feature = feature;
    this.wanted = Target.activation(wanted.activation());
  }

  /** How far {@link #of} advances its task. */
  long units() {
    return result != null ? 0 : Study.units(context.calibration(feature, wanted));
  }

  /** What it found. */
  StudyResult of(Progress.Task task) throws IOException {
    if (result == null) {
      result = context.drawn(feature, context.calibration(feature, wanted), task);
    }
    return result;
  }
}
