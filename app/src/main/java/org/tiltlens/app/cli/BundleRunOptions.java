package org.tiltlens.app.cli;

import java.nio.file.Path;
import org.tiltlens.study.Bundle;
import picocli.CommandLine.Option;

/** Steps, seed, folder and form of the answer, common to the commands that run a whole bundle. */
final class BundleRunOptions {
  @Option(
      names = "--steps",
      paramLabel = "T",
      description = "Sampling steps. Default: the bundle's.")
  private Integer steps;

  @Option(
      names = "--seed",
      paramLabel = "S",
      description = "Seed of all noise and choices. Default: ${DEFAULT-VALUE}.")
  private long seed = 45;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "Folder of the result; an unfinished run in it goes on.")
  private Path out;

  @Option(names = "--json", description = "Print run.json instead of a table.")
  private boolean json;

  String respacing(Bundle bundle) {
    return steps == null ? bundle.manifest().respacing() : Integer.toString(steps);
  }

  long seed() {
    return seed;
  }

  /** As given, or the usual one. */
  Path folder(Path usual) {
    return out == null ? usual : out;
  }

  boolean json() {
    return json;
  }
}
