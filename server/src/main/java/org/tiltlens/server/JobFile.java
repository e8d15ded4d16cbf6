package org.tiltlens.server;

import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Objects;
import org.tiltlens.jobs.Jobs;
import org.tiltlens.run.Execution;

/**
 * What was asked for, as it lies in a job's folder beside what the job writes.
 *
 * @param command its name
 * @param spec what the command is to do, as in a {@code run.json}
 * @param execution how it computes
 * @param asked when, as ISO 8601 has it
 * @param begun when it first had its turn, the same; absent before
 * @param failure why the last try failed, in one line; absent otherwise
 */
record JobFile(
    String command, Object spec, Execution execution, String asked, String begun, String failure) {
  JobFile {
    Jobs.named(command);
    Objects.requireNonNull(spec, "spec");
    Objects.requireNonNull(execution, "execution");
    asked = time(Objects.requireNonNull(asked, "asked"));
    begun = begun == null ? null : time(begun);
  }

  /** A time that a calendar has, as {@link Instant} writes it. */
  private static String time(String text) {
    return Instant.parse(text).atOffset(ZoneOffset.UTC).toInstant().toString();
  }

  JobFile withFailure(String why) {
    return new JobFile(command, spec, execution, asked, begun, why);
  }

  /** The same once it had its turn. */
  JobFile withBegun(String when) {
    return begun == null ? new JobFile(command, spec, execution, asked, when, failure) : this;
  }
}
