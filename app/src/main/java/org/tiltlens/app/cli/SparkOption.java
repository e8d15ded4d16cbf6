package org.tiltlens.app.cli;

import java.util.function.BiFunction;
import org.tiltlens.jobs.Cluster;
import org.tiltlens.jobs.Command;
import picocli.CommandLine.Option;

/** Where a command is computed: here, or on a cluster. */
final class SparkOption {
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
    return master == null ? command : command.by(runner.apply(Cluster.find(), master));
  }
}
