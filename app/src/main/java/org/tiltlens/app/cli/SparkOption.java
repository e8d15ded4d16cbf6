package org.tiltlens.app.cli;

import java.util.function.BiFunction;
import java.util.regex.Pattern;
import org.tiltlens.jobs.Cluster;
import org.tiltlens.jobs.Command;
import org.tiltlens.run.SpecException;
import picocli.CommandLine.Option;

/** Where a command is computed: here, or on a cluster. */
final class SparkOption {
  /** The forms that Spark's SparkContext knows, without threads or machines that are none. */
  private static final Pattern MASTER =
      Pattern.compile(
          "local(\\[(\\*|[1-9]\\d*)(,\\s*[1-9]\\d*)?\\])?"
              + "|local-cluster\\[\\s*[1-9]\\d*\\s*,\\s*[1-9]\\d*\\s*,\\s*[1-9]\\d*\\s*\\]"
              + "|(spark|k8s)://.+|yarn");

  @Option(
      names = "--spark",
      paramLabel = "MASTER",
      description =
          "Compute on Apache Spark: local[2] for two threads of this machine, or a cluster's master"
              + " (docs/scale.md). Default: none, this process alone.")
  private String master;

  /** The command as it is, or computed where the option says. */
  <S, R> Command<S, R> on(
      Command<S, R> command, BiFunction<Cluster, String, Command.Runner<S, R>> runner) {
    if (master == null) {
      return command;
    }
    if (!MASTER.matcher(master).matches()) {
      throw new SpecException(
          "{spark} '%s' is no master of Spark's: expected local[2], spark://HOST:7077, yarn or"
              + " k8s://HOST",
          master);
    }
    return command.by(runner.apply(Cluster.find(), master));
  }
}
