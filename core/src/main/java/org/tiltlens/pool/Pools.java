package org.tiltlens.pool;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.tiltlens.models.FileHashes;
import org.tiltlens.models.ModelFiles;
import org.tiltlens.models.ModelShelf;
import org.tiltlens.models.Named;
import org.tiltlens.models.PriorFile;
import org.tiltlens.models.StepsSpec;
import org.tiltlens.run.CacheFolder;
import org.tiltlens.run.Cancellable;
import org.tiltlens.run.Execution;
import org.tiltlens.run.FolderCheck;
import org.tiltlens.run.Progress;
import org.tiltlens.run.RunFolder;
import org.tiltlens.run.Sha256;
import org.tiltlens.run.WholeFile;
import org.tiltlens.sampling.Walk;

/** Opens the pool that a spec names, or draws it into the cache that all runs share. */
public final class Pools {
  private static final Duration BETWEEN_LOOKS = Duration.ofMillis(500);

  private Pools() {}

  /**
   * The pool of a choice; the caller closes it.
   *
   * @param models of which the prior is meant
   * @throws IllegalArgumentException if it is of another prior or other steps
   */
  public static Pool open(
      PoolChoice choice,
      ModelFiles models,
      StepsSpec steps,
      Execution execution,
      Progress progress,
      ModelShelf shelf)
      throws IOException {
    Map<String, String> hashes =
        FileHashes.of(PriorFile.names(models.prior(), models.priorOptions()), Progress.SILENT);
    if (choice instanceof PoolChoice.Kept kept) {
      Pool pool = Pool.open(Named.resolve(kept.folder()));
      try {
        pool.requireOf(hashes.values(), steps);
        pool.requireDrawnBy(models.priorOptions());
        return pool;
      } catch (RuntimeException e) {
        pool.close();
        throw e;
      }
    }
    PoolChoice.Drawn drawn = (PoolChoice.Drawn) choice;
    PoolSpec spec =
        new PoolSpec(models.prior(), models.priorOptions(), steps, drawn.count(), drawn.seed());
    String identity = PoolRun.identity(spec, hashes, execution);
    FolderCheck.requireCache(CacheFolder.path());
    PoolCache cache = PoolCache.at(CacheFolder.path());
    Path folder = cache.folder(Sha256.of(identity));
    Pool pool = drawn(spec, execution, folder, progress, shelf);
    Files.setLastModifiedTime(folder.resolve(RunFolder.RUN_JSON), FileTime.from(Instant.now()));
    cache.trim(folder);
    return pool.first(drawn.count());
  }

  private static Pool drawn(
      PoolSpec spec, Execution execution, Path folder, Progress progress, ModelShelf shelf)
      throws IOException {
    try {
      draw(spec, execution, folder, progress, shelf);
      return opened(folder);
    } catch (IllegalArgumentException | NoSuchFileException e) {
      if (!Files.exists(folder.resolve(RunFolder.RUN_JSON))) {
        throw e;
      }
      // Damaged in the cache, where nobody will miss it.
      WholeFile.deleteTree(folder);
      draw(spec, execution, folder, progress, shelf);
      return opened(folder);
    }
  }

  private static Pool opened(Path folder) throws IOException {
    try {
      return Pool.open(folder);
    } catch (NoSuchFileException e) {
      // Another run made it longer in between, which renews its file.
      return Pool.open(folder);
    }
  }

  /** Where another process is at it already, waits: it draws the same. */
  private static void draw(
      PoolSpec spec, Execution execution, Path folder, Progress progress, ModelShelf shelf)
      throws IOException {
    while (true) {
      try {
        PoolRun.run(spec, execution, folder, progress, Walk.SAVE_EVERY, shelf);
        return;
      } catch (RunFolder.InUse e) {
        await(progress);
      }
    }
  }

  private static void await(Progress progress) throws IOException {
    try (Progress.Task task =
        Cancellable.begin(progress, "waiting for another run that draws the same pool", 1)) {
      Thread.sleep(BETWEEN_LOOKS.toMillis());
      task.advance(1);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while another run draws the pool", e);
    }
  }
}
