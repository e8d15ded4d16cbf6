package org.tiltlens.server;

import java.util.Objects;
import org.tiltlens.jobs.Command;
import org.tiltlens.run.Json;

/**
 * What a job is to do: a command and its spec. The same work is the same job, by the name that the
 * command line gives its folder too.
 *
 * @param <S> the command's spec
 */
record Work<S>(Command<S, ?> command, S spec) {
  Work {
    Objects.requireNonNull(command, "command");
    Objects.requireNonNull(spec, "spec");
  }

  /** The name of its job. */
  String name() {
    return command.defaultFolder(spec).getFileName().toString();
  }

  /** Its spec as it is once written and read. */
  Object plain() {
    return Json.parse(Json.write(spec), Object.class);
  }
}
