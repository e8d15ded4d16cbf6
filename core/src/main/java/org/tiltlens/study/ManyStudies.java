package org.tiltlens.study;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.tiltlens.feature.UnitScore;
import org.tiltlens.harvest.HarvestStudy;
import org.tiltlens.models.FileHashes;
import org.tiltlens.models.ModelShelf;
import org.tiltlens.run.Cancellable;
import org.tiltlens.run.Counted;
import org.tiltlens.run.Execution;
import org.tiltlens.run.Json;
import org.tiltlens.run.Progress;
import org.tiltlens.run.RunFolder;
import org.tiltlens.run.WholeFile;
import org.tiltlens.torch.Device;

/**
 * Samples of many features that start from one pool: each is the run that {@code visualize} makes
 * of it, to the bit, in a folder that a studio opens.
 */
public final class ManyStudies {
  private static final String COMMAND = "visualize";
  private static final String TABLE = "pool.parquet";
  private static final String JOBS = "jobs";
  private static final String JOB = "job.json";

  private ManyStudies() {}

  /** Where the plan's table goes, in the folder of all runs. */
  public static Path table(Path folder) {
    return folder.resolve(TABLE);
  }

  /**
   * Draws all in this process, or goes on where it was killed.
   *
   * @param folder of all runs; created if need be
   * @throws IllegalArgumentException if the spec does not fit the models or the pool
   * @throws IOException if files cannot be read or written
   */
  public static ManyResult run(ManySpec many, Execution execution, Path folder, Progress progress)
      throws IOException {
    Files.createDirectories(folder);
    if (!Files.exists(table(folder))) {
      HarvestStudy.run(ManyPlan.harvest(many), execution, table(folder), progress);
    }
    ManyPlan plan = ManyPlan.of(many, table(folder), 1);
    Map<Integer, String> refused = new TreeMap<>();
    try (ModelShelf shelf = new ModelShelf();
        Progress.Task task =
            Cancellable.begin(
                progress, "drawing features", many.features().size(), Counted.of("features"))) {
      for (List<Integer> group : plan.groups()) {
        refused.putAll(draw(many, group, execution, folder, shelf, progress));
        task.advance(group.size());
      }
    }
    return new ManyResult(many.features().size() - refused.size(), plan.annealed(), refused);
  }

  /**
   * Draws some of them, in one look at the pool, but for those that are there.
   *
   * @param shelf has the networks, and stays open
   * @param progress is asked whether the run should end
   * @return feature -> why it has no samples
   * @throws RunFolder.InUse if another process is at one of them
   */
  public static Map<Integer, String> draw(
      ManySpec many,
      List<Integer> features,
      Execution execution,
      Path folder,
      ModelShelf shelf,
      Progress progress)
      throws IOException {
    Map<Integer, String> refused = new TreeMap<>();
    List<Integer> missing =
        features.stream().filter(each -> !RunFolder.isFinished(of(many, folder, each))).toList();
    if (missing.isEmpty()) {
      return refused;
    }
    Device device = execution.place();
    StudySpec any = many.of(missing.get(0));
    Map<String, String> hashes = FileHashes.of(any.files(), Progress.SILENT);
    try (SharedPool pool = SharedPool.of(any, execution, shelf, Progress.SILENT)) {
      List<Integer> known = new ArrayList<>();
      Map<ScoreSpec, UnitScore> scores = new HashMap<>();
      for (int feature : missing) {
        try {
          StudySpec spec = many.of(feature);
          scores.put(spec.score(), StudyModels.open(spec, shelf, device, Progress.SILENT).score());
          known.add(feature);
        } catch (IllegalArgumentException e) {
          refused.put(feature, e.getMessage());
        }
      }
      pool.score(scores, device, execution.lanes(), images -> {});
      for (int feature : known) {
        StudySpec spec = many.of(feature);
        Path own = of(many, folder, feature);
        try (Progress.Task task = new Cancellable(new Progress.Task() {}, progress)) {
          note(spec, execution, own);
          Study.Run run = new Study.Run(COMMAND, spec, execution, hashes, System.nanoTime());
          StudyPage.write(own, Study.draw(run, shelf, pool, own, task));
        } catch (RunFolder.InUse e) {
          throw e;
        } catch (IllegalArgumentException e) {
          refused.put(feature, e.getMessage());
        }
      }
    }
    return refused;
  }

  private static Path of(ManySpec many, Path folder, int feature) {
    return folder.resolve(JOBS).resolve(many.folder(feature));
  }

  /** What a studio wants to know of a job. */
  private static void note(StudySpec spec, Execution execution, Path own) throws IOException {
    Path file = own.resolve(JOB);
    if (!Files.exists(file)) {
      Files.createDirectories(own);
      Map<String, Object> job = new LinkedHashMap<>();
      job.put("command", COMMAND);
      job.put("spec", spec);
      job.put("execution", execution);
      job.put("asked", Instant.now().toString());
      WholeFile.writeText(file, Json.write(job) + "\n");
    }
  }
}
