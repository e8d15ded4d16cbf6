package org.tiltlens.spark;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.Function;
import org.tiltlens.pool.PoolResult;
import org.tiltlens.pool.PoolRun;
import org.tiltlens.pool.PoolSpec;
import org.tiltlens.run.Execution;
import org.tiltlens.run.Json;
import org.tiltlens.run.Progress;
import org.tiltlens.run.WholeFile;

/**
 * A pool on Spark: some paths are a task, which leaves each one's picture in the run's folder; this
 * process puts them together. A path is the same whoever draws it, so tasks may come again.
 */
final class SparkPool {
  private static final int TASKS_PER_CORE = 8;

  /** What a task that is killed loses, at most. */
  private static final int MOST_PATHS = 64;

  private SparkPool() {}

  /**
   * Draws what is missing.
   *
   * @param folder of the run, under the same path on all machines
   */
  static PoolResult run(
      String master, PoolSpec spec, Execution execution, Path folder, Progress progress)
      throws IOException {
    return PoolRun.run(
        spec,
        execution,
        folder.toAbsolutePath(),
        progress,
        (paths, pictures) -> {
          try (JavaSparkContext context = Contexts.open(master, "pool", execution);
              Stages stages = new Stages(context, progress)) {
            int share = paths.size() / (TASKS_PER_CORE * context.defaultParallelism());
            int each = Math.max(1, Math.min(MOST_PATHS, share));
            Draw task = new Draw(Json.write(spec), Json.write(execution), pictures.toString());
            stages.run("drawing a pool", ranges(paths, each), task, Range::images);
          } finally {
            Slot.closeShelf();
          }
        });
  }

  /** Numbers that follow each other. */
  static List<Range> ranges(List<Integer> paths, int each) {
    List<Range> ranges = new ArrayList<>();
    int from = paths.get(0);
    for (int i = 1; i <= paths.size(); i++) {
      int next = paths.get(i - 1) + 1;
      if (i == paths.size() || paths.get(i) != next || next - from == each) {
        ranges.add(new Range(from, next));
        from = i == paths.size() ? from : paths.get(i);
      }
    }
    return ranges;
  }

  /**
   * Draws some paths.
   *
   * @param spec as JSON
   * @param how as JSON
   * @param pictures where they go
   */
  private record Draw(String spec, String how, String pictures)
      implements Function<Range, Integer> {
    private static final long serialVersionUID = 1;

    @Override
    public Integer call(Range range) throws IOException {
      Path own = Files.createTempDirectory("tiltlens-paths");
      try {
        List<Path> drawn =
            PoolRun.paths(
                Json.parse(spec, PoolSpec.class),
                Slot.of(Json.parse(how, Execution.class)),
                range.numbers(),
                own,
                Slot.shelf(),
                Slot.untilKilled());
        for (Path each : drawn) {
          publish(each, Path.of(pictures));
        }
        return range.images();
      } finally {
        WholeFile.deleteTree(own);
      }
    }

    /** Under its name when it is whole, on whatever disk; of two the last stays, which is equal. */
    private static void publish(Path picture, Path folder) throws IOException {
      Path temporary = folder.resolve("." + UUID.randomUUID());
      Files.copy(picture, temporary);
      Files.move(
          temporary,
          folder.resolve(picture.getFileName()),
          StandardCopyOption.ATOMIC_MOVE,
          StandardCopyOption.REPLACE_EXISTING);
    }
  }
}
