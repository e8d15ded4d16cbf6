package org.tiltlens.study;

import java.io.IOException;

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
      // Models of its own: those of the feature were opened without a target.
      try (Models models = Models.open(study, context.device(), Progress.SILENT)) {
        result = context.drawn(feature.index(), study, models, task);
      }
    }
    return result;
  }
}
