package org.tiltlens.demo;

import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.tiltlens.page.PictureRow;
import org.tiltlens.page.Quantity;
import org.tiltlens.study.StudyResult;

/**
 * A demo as its page shows it: pictures read, numbers with their places in the {@code run.json}.
 *
 * @param run the demo
 * @param unguided the prior's own samples
 * @param exhibits one per feature
 * @param plot reached percentiles against bits per dimension; null where none was measured
 */
record Gallery(DemoResult run, PictureRow unguided, List<Exhibit> exhibits, TradeOff plot) {

  /**
   * A feature.
   *
   * @param feature its index
   * @param rows the corpus' images of the highest scores, then samples for each target
   */
  record Exhibit(int feature, List<PictureRow> rows) {}

  /** Whether maps lie over the corpus' images. */
  boolean mapped() {
    return !run.spec().brief();
  }

  /** What its numbers measure. */
  Set<Quantity> quantities() {
    Set<Quantity> shown = EnumSet.range(Quantity.SCORE, Quantity.FREQUENCY);
    shown.removeAll(
        run.spec().exact()
            ? EnumSet.of(Quantity.PATH_KL)
            : EnumSet.of(Quantity.KL, Quantity.EFFECTIVE_PATHS));
    if (run.growth() != null) {
      shown.addAll(EnumSet.of(Quantity.CLASS_SHARE, Quantity.CLASS_SHARE_OF_PRIOR));
    }
    return shown;
  }

  /** What keeps the samples from being exact, each note once. */
  List<String> approximations() {
    return run.results().stream()
        .map(StudyResult.UnitResult::approximation)
        .filter(Objects::nonNull)
        .distinct()
        .toList();
  }
}
