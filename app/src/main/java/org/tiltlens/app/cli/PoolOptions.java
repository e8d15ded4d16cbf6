package org.tiltlens.app.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.tiltlens.pool.PoolChoice;
import org.tiltlens.pool.PoolSpec;
import org.tiltlens.run.CacheFolder;
import org.tiltlens.run.FolderCheck;
import org.tiltlens.run.Json;
import org.tiltlens.run.RunFolder;
import org.tiltlens.run.SpecException;
import picocli.CommandLine.Option;

/** Which pool exact samples start from. */
final class PoolOptions {
  @Option(
      names = "--pool",
      paramLabel = "DIR",
      description =
          "Pool that exact samples start from, written by tiltlens pool; where nothing is said of"
              + " steps, its own are taken, and its prior where models are given without one."
              + " Default: the bundle's, if it was drawn with the same steps; else, for exact"
              + " samples, one is drawn once and cached.")
  private Path pool;

  @Option(
      names = "--pool-size",
      paramLabel = "N",
      description =
          "Unguided paths to draw where no pool is given or at hand; every unit starts from them."
              + " Default: 512.")
  private Integer poolSize;

  @Option(
      names = "--cache",
      paramLabel = "DIR",
      description =
          "Where pools that were drawn are kept for other runs. Default: ~/.cache/tiltlens.")
  private Path cache;

  /**
   * The pool that was asked for, or one that is at hand; null for one to draw.
   *
   * @param atHand a pool that fits the run
   */
  String folder(Optional<String> atHand) {
    if (cache != null) {
      requireCache();
      System.setProperty(CacheFolder.PROPERTY, cache.toString());
    }
    if (pool != null) {
      return pool.toString();
    }
    return poolSize == null ? atHand.orElse(null) : null;
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

  private void requireCache() {
    try {
      FolderCheck.requireCache(cache);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Paths to draw; null where nobody says. */
  Integer size() {
    return poolSize;
  }

  /** What was asked for; null for what is usual. */
  PoolChoice choice() {
    if (pool != null && poolSize != null) {
      throw new SpecException("give one of {pool} and {poolSize}");
    }
    String folder = folder(Optional.empty());
    if (folder != null) {
      return new PoolChoice.Kept(folder);
    }
    return poolSize == null ? null : new PoolChoice.Drawn(poolSize, PoolSpec.USUAL_SEED);
  }
}
