package org.tiltlens.pool;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiltlens.models.ModelFiles;
import org.tiltlens.models.ModelShelf;
import org.tiltlens.run.CacheFolder;
import org.tiltlens.run.Execution;
import org.tiltlens.run.Progress;

class PoolCacheTest {
  @TempDir private Path folder;

  /** A finished pool of a kibibyte or so that was used some hours ago. */
  private Path pool(String name, int hours) throws IOException {
    Path made = Files.createDirectories(folder.resolve(name));
    Files.write(made.resolve("images-1.zip"), new byte[1 << 10]);
    Path json = Files.writeString(made.resolve("run.json"), "{}");
    Instant used = Instant.now().minus(hours, ChronoUnit.HOURS);
    Files.setLastModifiedTime(json, FileTime.from(used));
    return made;
  }

  @Test
  void whatWasNotUsedForLongestGoesFirst() throws IOException {
    Path oldest = pool("a", 9);
    Path current = pool("b", 8);
    Path old = pool("c", 7);
    Path newer = pool("d", 6);
    Path recent = pool("e", 0);
    new PoolCache(folder, 3 << 10).trim(current);
    assertThat(oldest).doesNotExist();
    assertThat(old).as("the next that is not in use").doesNotExist();
    assertThat(current).isDirectory();
    assertThat(newer).as("there was room again, but for a little").doesNotExist();
    assertThat(recent).as("used lately").isDirectory();
  }

  @Test
  void whatFitsStays() throws IOException {
    Path one = pool("a", 9);
    new PoolCache(folder, 1 << 20).trim(pool("b", 8));
    assertThat(one).isDirectory();
  }

  /** Runs that want the same pool at once wait for the one that draws it, also a shorter one. */
  @Test
  void runsShareWhatOneDraws() throws Exception {
    String before = System.getProperty(CacheFolder.PROPERTY);
    System.setProperty(CacheFolder.PROPERTY, folder.toString());
    ExecutorService threads = Executors.newFixedThreadPool(2);
    try {
      Future<String> one = threads.submit(opened(5));
      Future<String> other = threads.submit(opened(3));
      assertThat(one.get()).startsWith("5 of ");
      assertThat(other.get()).startsWith("3 of ");
      Path kept;
      try (Stream<Path> pools = Files.list(folder.resolve("pools"))) {
        kept = pools.toList().get(0);
      }
      assertThat(folder.resolve("pools")).isDirectoryNotContaining(pool -> !pool.equals(kept));
      Files.write(kept.resolve("images-5.zip"), new byte[] {1});
      assertThat(opened(3).call()).as("drawn anew where it is damaged").isEqualTo("3 of 3");
      Files.write(kept.resolve("images-3.zip"), new byte[] {1});
      assertThat(opened(4).call()).as("and where more are wanted").isEqualTo("4 of 4");
      Files.delete(kept.resolve("images-4.zip"));
      assertThat(opened(4).call()).as("or where it is gone").isEqualTo("4 of 4");
      Files.delete(kept.resolve("images-4.zip"));
      assertThat(opened(5).call()).as("or both").isEqualTo("5 of 5");
    } finally {
      threads.shutdownNow();
      if (before == null) {
        System.clearProperty(CacheFolder.PROPERTY);
      } else {
        System.setProperty(CacheFolder.PROPERTY, before);
      }
    }
  }

  private static Callable<String> opened(int count) {
    PoolSpec spec = PoolTest.spec(count);
    ModelFiles models =
        new ModelFiles("unseen", Map.of(), null, null, spec.prior(), Map.of(), null);
    return () -> {
      try (ModelShelf shelf = new ModelShelf();
          Pool pool =
              Pools.open(
                  new PoolChoice.Drawn(count, 7),
                  models,
                  spec.steps(),
                  new Execution("cpu", 1, 1, 1),
                  Progress.SILENT,
                  shelf)) {
        return pool.size() + " of " + pool.images().size();
      }
    };
  }
}
