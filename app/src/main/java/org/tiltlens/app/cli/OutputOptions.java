package org.tiltlens.app.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import org.tiltlens.run.Json;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** Where a result goes and how it is told. */
final class OutputOptions {
  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "Folder of the result; name it again to finish a killed run.")
  private Path out;

  @Option(names = "--json", description = "Print run.json instead of a table.")
  private boolean json;

  /** As given, or the usual one. */
  Path folder(Path usual) {
    return out == null ? usual : out;
  }

  /** Prints a result, as it is or as people read it. */
  void print(CommandSpec command, Object result, String table) {
    PrintWriter to = command.commandLine().getOut();
    to.println(json ? Json.write(result) : table);
    to.flush();
  }
}
