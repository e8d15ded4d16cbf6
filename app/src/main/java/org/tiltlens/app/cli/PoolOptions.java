package org.tiltlens.app.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Optional;
import org.tiltlens.pool.PoolChoice;
import org.tiltlens.pool.PoolSpec;
import org.tiltlens.run.CacheFolder;
import org.tiltlens.run.FolderCheck;
import org.tiltlens.run.SpecException;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Which pool exact samples start from. */
final class PoolOptions {
  @Mixin private PoolOption pool;

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
    if (pool.isGiven()) {
      return pool.folder();
    }
    return poolSize == null ? atHand.orElse(null) : null;
  }

  /** See {@link PoolOption#drawn}. */
  Optional<PoolSpec> drawn() {
    return pool.drawn();
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
    if (pool.isGiven() && poolSize != null) {
      throw new SpecException("give one of {pool} and {poolSize}");
    }
    String folder = folder(Optional.empty());
    if (folder != null) {
      return new PoolChoice.Kept(folder);
    }
    return poolSize == null ? null : new PoolChoice.Drawn(poolSize, PoolSpec.USUAL_SEED);
  }
}
