package org.tiltlens.spark;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.Function;
import org.tiltlens.harvest.HarvestPart;
import org.tiltlens.harvest.HarvestSpec;
import org.tiltlens.harvest.HarvestStudy;
import org.tiltlens.harvest.OpenHarvest;
import org.tiltlens.run.Execution;
import org.tiltlens.run.Progress;
import org.tiltlens.run.SpecException;
import org.tiltlens.torch.Device;

/**
 * A harvest on Spark. Each part of the corpus is a task that leaves its result in a file ({@link
 * PartFiles}); parts are added up eight by eight, by tasks again, until one is left, of which this
 * process writes the table.
 *
 * <p>A task may fail, come again or run twice, and its executor may die: a part is the same file
 * each time. A command that is started again goes on from the files that are there.
 */
final class SparkHarvest {
  /** Where parts wait: a folder that driver and executors share. */
  static final String PARTS = "spark.tiltlens.parts";

  /** Images of a part. */
  static final String EACH = "spark.tiltlens.imagesPerPart";

  /** Whether model files travel to the executors; else they lie at the same path everywhere. */
  static final String SHIP = "spark.tiltlens.shipModels";

  /** Of the usual parts, how many each core gets: what is left at the end is an eighth of it. */
  private static final int PARTS_PER_CORE = 8;

  private static final int FEWEST = 256;
  private static final int MOST = 8192;

  private SparkHarvest() {}

  /**
   * Writes the table, or goes on where a harvest of the same spec was killed.
   *
   * @param master as Spark calls it
   * @param out the table's file, which this process writes; must not exist
   * @throws IllegalArgumentException if the spec does not fit the models, there are no images, or
   *     executors see others
   * @throws IOException if files cannot be read or written
   */
  static HarvestStudy.Outcome run(
      String master, HarvestSpec spec, Execution execution, Path out, Progress progress)
      throws IOException {
    try (OpenHarvest open = Images.open(spec, Device.CPU, progress)) {
      String models = open.models(progress);
      open.sayWhatIsTaken(progress);
      try (JavaSparkContext context = Contexts.open(master, "harvest", execution)) {
        PartFiles parts = new PartFiles(partsOf(context.getConf(), out));
        HarvestWork work =
            new HarvestWork(
                spec,
                shipped(context, spec),
                Images.known(spec, open),
                execution,
                each(context, open.images()));
        String identity = work.identity(open.identity(models));
        Unreachable.said(
            parts.folder(),
            () -> {
              parts.open(identity);
              return parts;
            });
        HarvestPart all = sum(context, parts, work, open.images(), progress);
        HarvestStudy.Outcome outcome = open.write(all, out, models);
        open.writeShards(out, progress);
        parts.delete();
        return outcome;
      } finally {
        HarvestWork.closeAll();
      }
    }
  }

  private static String partsOf(SparkConf conf, Path out) {
    Path beside = out.toAbsolutePath().resolveSibling(out.getFileName() + ".parts");
    return conf.get(PARTS, beside.toUri().toString());
  }

  private static ShippedModels shipped(JavaSparkContext context, HarvestSpec spec)
      throws IOException {
    return context.getConf().getBoolean(SHIP, !context.isLocal())
        ? ShippedModels.send(context.sc(), spec)
        : null;
  }

  /** A multiple of a batch, so that scores have the bits that one machine gives them. */
  private static int each(JavaSparkContext context, int images) {
    int batch = OpenHarvest.multiple();
    int asked = context.getConf().getInt(EACH, 0);
    if (asked < 0 || asked % batch != 0) {
      throw new SpecException("illegal " + EACH + ": %s, must be a multiple of %s", asked, batch);
    }
    if (asked > 0) {
      return asked;
    }
    long share = images / ((long) PARTS_PER_CORE * context.defaultParallelism());
    return (int) Math.max(FEWEST, Math.min(MOST, (share + batch - 1) / batch * batch));
  }

  private static HarvestPart sum(
      JavaSparkContext context, PartFiles parts, HarvestWork work, int images, Progress progress)
      throws IOException {
    List<Range> ranges = Range.all(images, work.each());
    List<String> names = ranges.stream().map(Range::name).toList();
    try (Stages stages = new Stages(context, progress)) {
      stages.run("harvesting", ranges, new Compute(work, parts), Range::images);
      for (int level = 1; names.size() > 1; level++) {
        List<Group> groups = Group.of(level, names);
        stages.run("adding up", groups, new Sum(parts), group -> 1);
        names = groups.stream().map(Group::name).toList();
      }
    }
    return parts.require(names.get(0));
  }

  /** A part, unless it is there. */
  private record Compute(HarvestWork work, PartFiles parts) implements Function<Range, Integer> {
    private static final long serialVersionUID = 1;

    @Override
    public Integer call(Range range) throws IOException {
      if (!parts.isWhole(range.name())) {
        parts.write(range.name(), work.compute(range, parts));
      }
      return range.images();
    }
  }

  /** The sum of several parts, unless it is there. */
  private record Sum(PartFiles parts) implements Function<Group, Integer> {
    private static final long serialVersionUID = 1;

    @Override
    public Integer call(Group group) throws IOException {
      if (!parts.isWhole(group.name())) {
        HarvestPart sum = parts.require(group.parts().get(0));
        for (String name : group.parts().subList(1, group.parts().size())) {
          sum.add(parts.require(name));
        }
        parts.write(group.name(), sum);
      }
      return 1;
    }
  }
}
