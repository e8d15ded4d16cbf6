package org.tiltlens.compare;

import java.io.IOException;
import org.tiltlens.run.Progress;
import org.tiltlens.study.Study;
import org.tiltlens.study.StudyResult;

/** The study of a feature's tilt; made when first asked for. */
final class CompareTilt {
  private final CompareContext context;
  private final int feature;
  private StudyResult result;

  CompareTilt(CompareContext context, int feature) {
    this.context = context;
    this.feature = feature;
  }

  /** How far {@link #of} advances its task. */
  long units() {
    return result != null ? 0 : Study.units(context.calibration(feature));
  }

  /** What it found. */
  StudyResult of(Progress.Task task) throws IOException {
    if (result == null) {
      result = context.drawn(feature, context.calibration(feature), task);
    }
    return result;
  }
}
