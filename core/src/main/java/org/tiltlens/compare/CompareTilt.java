package org.tiltlens.compare;

import java.io.IOException;
import org.tiltlens.run.Progress;
import org.tiltlens.study.Study;
import org.tiltlens.study.StudyResult;

/** The study of a feature's tilt; made when first asked for. */
final class CompareTilt {
  private final CompareContext context;
  private final ComparedFeature feature;
  private StudyResult result;

  CompareTilt(CompareContext context, ComparedFeature feature) {
    this.context = context;
    this.feature = feature;
  }

  /** How far {@link #of} advances its task. */
  long units() {
    return result != null ? 0 : Study.units(context.calibration(feature.index()));
  }

  /** What it found. */
  StudyResult of(Progress.Task task) throws IOException {
    if (result == null) {
      result = context.drawn(feature.index(), context.calibration(feature.index()), task);
    }
    return result;
  }
}
