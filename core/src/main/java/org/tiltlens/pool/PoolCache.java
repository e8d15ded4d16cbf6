package org.tiltlens.pool;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.tiltlens.run.RunFolder;
import org.tiltlens.run.WholeFile;

/**
 * Pools that can be drawn again, kept while there is room; the ones not used for longest go first.
 *
 * @param root the folder of all of them
 * @param mostBytes all together, but for the one in use
 */
record PoolCache(Path root, long mostBytes) {
  private static final long USUAL_BYTES = 4L << 30;

  /** What was used since may still be in use. */
  private static final Duration RECENT = Duration.ofHours(1);

  /** The usual one in a cache folder. */
  static PoolCache at(Path cache) {
    return new PoolCache(cache.resolve("pools"), USUAL_BYTES);
  }

  /** A pool's folder, by a hash of all that decides it. */
  Path folder(String hash) {
    return root.resolve(hash.substring(0, 32));
  }

  /**
   * A finished pool.
   *
   * @param used when it was used last
   */
  private record Kept(Path folder, long bytes, Instant used) {}

  /** Removes finished pools until the others fit, but none that was used lately. */
  void trim(Path current) throws IOException {
    List<Kept> all = new ArrayList<>();
    try (Stream<Path> folders = Files.list(root)) {
      for (Path folder : folders.filter(RunFolder::isFinished).toList()) {
        all.add(
            new Kept(
                folder,
                bytes(folder),
                Files.getLastModifiedTime(folder.resolve(RunFolder.RUN_JSON)).toInstant()));
      }
    }
    long bytes = all.stream().mapToLong(Kept::bytes).sum();
    Instant recently = Instant.now().minus(RECENT);
    for (Kept kept : all.stream().sorted(Comparator.comparing(Kept::used)).toList()) {
      if (bytes <= mostBytes || kept.used().isAfter(recently)) {
        return;
      }
      if (!kept.folder().equals(current)) {
        // First what says that it is whole.
        Files.deleteIfExists(kept.folder().resolve(RunFolder.RUN_JSON));
        WholeFile.deleteTree(kept.folder());
        bytes -= kept.bytes();
      }
    }
  }

  private static long bytes(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.mapToLong(file -> file.toFile().length()).sum();
    }
  }
}
