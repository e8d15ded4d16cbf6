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

  /** How many are stopped. */
  long stopped() {
    return jobs.stream().filter(job -> job.state() == JobView.State.STOPPED).count();
  }

  /** When a job was asked for, as people read it. */
  static String when(JobView job) {
    return WHEN.format(Instant.parse(job.asked()));
  }
}
