package org.tiltlens.compare;

import java.io.IOException;
import org.tiltlens.run.Progress;
import org.tiltlens.study.Study;
import org.tiltlens.study.StudyModels;
import org.tiltlens.study.StudyResult;
import org.tiltlens.study.StudySpec;

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
    return result != null ? 0 : Study.units(context.calibration(feature.index()), feature.models());
  }

  /** What it found. */
  StudyResult of(Progress.Task task) throws IOException {
    if (result == null) {
      StudySpec study = context.calibration(feature.index());
      // StudyModels of its own: those of the feature were opened without a target.
      try (StudyModels models = StudyModels.open(study, context.device(), Progress.SILENT)) {
        result = context.drawn(feature.index(), study, models, task);
      }
    }
    return result;
  }
}
