package org.tiltlens.server;

import org.tiltlens.jobs.Jobs;
import org.tiltlens.models.Bundle;
import org.tiltlens.study.StudySpec;
import org.tiltlens.tilting.Target;

/**
 * A job as it is asked for: exact samples of a feature of the bundle.
 *
 * @param command {@code visualize}
 * @param feature its index
 * @param percentile of the corpus' scores where the images' mean score is to be, in (0, 100)
 * @param count how many images; null for the usual number
 * @param seed of all noise; null for the usual one
 */
record JobRequest(String command, Integer feature, Double percentile, Integer count, Long seed) {
  /** A page of more is of no use, and the queue is everyone's. */
  private static final int MOST_IMAGES = 64;

  /**
   * What it comes to.
   *
   * @throws Refused if that cannot be
   */
  StudySpec spec(Bundle bundle) {
    if (!Jobs.VISUALIZE.name().equals(command)) {
      throw Refused.wrong("command is '" + command + "', expected '" + Jobs.VISUALIZE.name() + "'");
    }
    if (feature == null || feature < 0) {
      throw Refused.wrong("feature is " + feature + ", expected an index");
    }
    if (percentile == null || !(percentile > 0 && percentile < 100)) {
      throw Refused.wrong(
          "percentile is " + percentile + ", expected a number above 0 and below 100");
    }
    if (count != null && (count < 1 || count > MOST_IMAGES)) {
      throw Refused.wrong("count is " + count + ", expected 1.." + MOST_IMAGES);
    }
    StudySpec spec = usual(bundle, feature, percentile);
    spec = count == null ? spec : spec.withCount(count);
    return seed == null ? spec : spec.withSeed(seed);
  }

  /** What pages draw at a level. */
  static StudySpec usual(Bundle bundle, int feature, double percentile) {
    return StudySpec.exact(bundle, "feature:" + feature + "@pre", Target.percentile(percentile));
  }
}
