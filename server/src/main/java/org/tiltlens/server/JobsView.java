package org.tiltlens.server;

import java.util.List;

/**
 * The page of all jobs.
 *
 * @param jobs those asked for last first
 */
record JobsView(BundleView bundle, List<JobView> jobs) {
  JobsView {
    jobs = List.copyOf(jobs);
  }

  /** What a job does, in words. */
  static String what(JobView job) {
    if (job.feature() == null) {
      return job.command();
    }
    return job.percentile() == null
        ? "Feature " + job.feature()
        : "Feature %d at the %sth percentile".formatted(job.feature(), number(job.percentile()));
  }

  private static String number(double value) {
    return value == Math.rint(value) ? Integer.toString((int) value) : Double.toString(value);
  }
}
