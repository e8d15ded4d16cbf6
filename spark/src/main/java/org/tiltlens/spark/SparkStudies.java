package org.tiltlens.spark;

import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.Function;
import org.tiltlens.run.Execution;
import org.tiltlens.run.Json;
import org.tiltlens.run.Progress;
import org.tiltlens.run.RunFolder;
import org.tiltlens.study.ManyPlan;
import org.tiltlens.study.ManyResult;
import org.tiltlens.study.ManySpec;
import org.tiltlens.study.ManyStudies;

/**
 * Samples of many features on Spark: a harvest of the pool tells which the pool is enough for; then
 * each group of the plan is a task, those that need annealing behind the others.
 *
 * <p>Each feature is a run in a folder of its own, which driver and executors share; a task that
 * comes again leaves finished ones alone and goes on with one that was killed.
 */
final class SparkStudies {
  private SparkStudies() {}

  /**
   * Draws all, or goes on where a killed command stopped.
   *
   * @param folder of all runs, under the same path on all machines
   */
  static ManyResult run(
      String master, ManySpec many, Execution execution, Path folder, Progress progress)
      throws IOException {
    Path root = Files.createDirectories(folder).toAbsolutePath();
    Path table = ManyStudies.table(root);
    if (!Files.exists(table)) {
      SparkHarvest.run(master, ManyPlan.harvest(many), execution, table, progress);
    }
    try (JavaSparkContext context = Contexts.open(master, "visualize-all", execution);
        Stages stages = new Stages(context, progress)) {
      ManyPlan plan = ManyPlan.of(many, table, context.defaultParallelism());
      List<Features> groups = plan.groups().stream().map(Features::new).toList();
      Draw task = new Draw(Json.write(many), Json.write(execution), root.toString());
      Map<Integer, String> refused = new TreeMap<>();
      stages
          .run("drawing features", groups, task, group -> group.numbers.size())
          .forEach(refused::putAll);
      return new ManyResult(many.features().size() - refused.size(), plan.annealed(), refused);
    } finally {
      Slot.closeShelf();
    }
  }

  /** Features of a task. */
  private record Features(ArrayList<Integer> numbers) implements Serializable {
    Features(List<Integer> numbers) {
      this(new ArrayList<>(numbers));
    }
  }

  /**
   * Draws some features; says why some have no samples.
   *
   * @param many as JSON
   * @param how as JSON
   * @param folder of all runs
   */
  private record Draw(String many, String how, String folder)
      implements Function<Features, HashMap<Integer, String>> {
    private static final long serialVersionUID = 1;
    private static final long BETWEEN_LOOKS_MILLIS = 500;

    @Override
    public HashMap<Integer, String> call(Features group) throws Exception {
      Execution own = Slot.of(Json.parse(how, Execution.class));
      while (true) {
        try {
          return new HashMap<>(
              ManyStudies.draw(
                  Json.parse(many, ManySpec.class),
                  group.numbers,
                  own,
                  Path.of(folder),
                  Slot.shelf(),
                  Slot.progress()));
        } catch (RunFolder.InUse e) {
          // The same task elsewhere, of which one is enough.
          Thread.sleep(BETWEEN_LOOKS_MILLIS);
        }
      }
    }
  }
}
