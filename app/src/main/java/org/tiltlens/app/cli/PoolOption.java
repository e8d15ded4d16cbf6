package org.tiltlens.app.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.tiltlens.pool.PoolSpec;
import org.tiltlens.run.Json;
import org.tiltlens.run.RunFolder;
import picocli.CommandLine.Option;

/** A pool of one's own. */
final class PoolOption {
  @Option(
      names = "--pool",
      paramLabel = "DIR",
      description =
          "Pool that exact samples start from, written by tiltlens pool, and that tells log Z of"
              + " tilt guidance; where no prior or steps are given, its own are meant. Default: the"
              + " bundle's, if it was drawn with the same steps; else, for exact samples, one is"
              + " drawn once and cached.")
  private Path pool;

  boolean isGiven() {
    return pool != null;
  }

  /** As given, or null. */
  String folder() {
    return pool == null ? null : pool.toString();
  }

  /** What the given pool was drawn with; empty if none is given, or it cannot be told. */
  Optional<PoolSpec> drawn() {
    Path run = pool == null ? null : pool.resolve(RunFolder.RUN_JSON);
    if (run == null || !Files.isRegularFile(run)) {
      return Optional.empty();
    }
    try {
      return Optional.ofNullable(Json.read(run, "spec", PoolSpec.class));
    } catch (IOException | IllegalArgumentException e) {
      // Whoever opens it says what is wrong with it.
      return Optional.empty();
    }
  }
}
