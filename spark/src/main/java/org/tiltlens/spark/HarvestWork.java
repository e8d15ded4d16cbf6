package org.tiltlens.spark;

import java.io.IOException;
import java.io.Serializable;
import java.util.HashMap;
import java.util.Map;
import org.apache.spark.SparkEnv;
import org.tiltlens.corpus.KnownShards;
import org.tiltlens.harvest.HarvestPart;
import org.tiltlens.harvest.HarvestSpec;
import org.tiltlens.harvest.OpenHarvest;
import org.tiltlens.run.Execution;
import org.tiltlens.run.Json;
import org.tiltlens.run.Progress;
import org.tiltlens.torch.Lanes;

/**
 * What executors need to know of a harvest. A JVM opens images and networks once for all its tasks.
 *
 * @param spec as JSON
 * @param shipped where its model files are if they travel with Spark; null if they lie at the same
 *     path everywhere
 * @param known what the driver listed of shards; null if each lists the images
 * @param how {@link Execution} as JSON
 * @param each images of a part, but for the last
 */
record HarvestWork(String spec, ShippedModels shipped, KnownShards known, String how, int each)
    implements Serializable {
  /** By what was asked for, so that a context that comes later gets its own. */
  private static final Map<String, OpenHarvest> OPENED = new HashMap<>();

  HarvestWork(
      HarvestSpec spec, ShippedModels shipped, KnownShards known, Execution execution, int each) {
    this(Json.write(spec), shipped, known, Json.write(execution), each);
  }

  /**
   * All that decides the parts, as one text.
   *
   * @param decided all that decides their numbers
   */
  String identity(String decided) {
    Execution how = execution();
    return "%s\nparts of %d\n%s, %d threads, %s"
        .formatted(
            decided,
            each,
            how.device().replaceFirst(":.*", ""),
            how.threadsPerImage(),
            how.precision());
  }

  private Execution execution() {
    return Json.parse(how, Execution.class);
  }

  /** How each task computes: what is beside it on a machine are other tasks. */
  private Lanes lanes() {
    return new Lanes(1, execution().threadsPerImage());
  }

  /** Computes a part on an executor. */
  HarvestPart compute(Range range, PartFiles parts) throws IOException {
    return opened(parts).part(range.from(), range.to(), lanes(), Slot.untilKilled()::advance);
  }

  private OpenHarvest opened(PartFiles parts) throws IOException {
    Execution how = Slot.of(execution());
    String key = parts + spec + how;
    synchronized (OPENED) {
      OpenHarvest open = OPENED.get(key);
      if (open == null) {
        HarvestSpec asked = Json.parse(spec, HarvestSpec.class);
        open =
            Images.open(
                shipped == null ? asked : shipped.here(asked), known, how.place(), Slot.progress());
        try {
          String own = open.identity(open.models(Progress.SILENT));
          parts.require(identity(own), "executor " + SparkEnv.get().executorId());
        } catch (IOException | RuntimeException e) {
          open.close();
          throw e;
        }
        OPENED.put(key, open);
      }
      return open;
    }
  }

  /** Closes what the tasks in this JVM had opened. */
  static void closeAll() {
    synchronized (OPENED) {
      OPENED.values().forEach(OpenHarvest::close);
      OPENED.clear();
    }
  }
}
