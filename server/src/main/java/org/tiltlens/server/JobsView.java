package org.tiltlens.server;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;

/**
 * The page of all jobs.
 *
 * @param jobs those asked for last first
 */
record JobsView(BundleView bundle, List<JobView> jobs) {
  private static final DateTimeFormatter WHEN =
      DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm 'UTC'", Locale.ROOT).withZone(ZoneOffset.UTC);

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

  /** When a job was asked for, as people read it. */
  static String when(JobView job) {
    return WHEN.format(Instant.parse(job.asked()));
  }
}
