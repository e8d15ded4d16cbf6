package org.tiltlens.app.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.tiltlens.feature.CentralCrop;
import org.tiltlens.harvest.Harvest;
import org.tiltlens.harvest.HarvestInfo;
import org.tiltlens.harvest.HarvestSpec;
import org.tiltlens.harvest.HarvestStudy;
import org.tiltlens.harvest.SkippedFile;
import org.tiltlens.jobs.Cluster;
import org.tiltlens.jobs.Jobs;
import org.tiltlens.models.Bundle;
import org.tiltlens.models.Named;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code tiltlens harvest}: what every feature does on a corpus. */
@Command(
    name = "harvest",
    description =
        "Measures every feature of a dictionary on a corpus: frequency, scores and top images."
            + " A killed harvest goes on where it stopped.",
    sortOptions = false,
    mixinStandardHelpOptions = true)
final class HarvestCommand implements Callable<Integer>, HowToGoOn {
  @Spec private CommandSpec command;

  @Option(
      names = "--images",
      required = true,
      paramLabel = "DIR|ZIP|IDX",
      description =
          "The corpus: a folder, .zip, .tar (.tar.gz too) or .parquet of images, a folder in a zip"
              + " (a.zip/train), a column of a Parquet file (a.parquet/mask), an IDX file (.gz too)"
              + " or CIFAR-10 batches, a .txt that lists image files below its folder; with --spark"
              + " also an address such as hdfs://host/photos or s3a://bucket/photos.zip.")
  private String images;

  @Mixin private FramingOptions framing;
  @Mixin private VisionOptions models;
  @Mixin private BundleOption bundleOption;

  @Mixin private ReductionOptions reduction;

  @Option(
      names = "--top",
      paramLabel = "K",
      description = "Top images kept of each feature. Default: ${DEFAULT-VALUE}.")
  private int top = Harvest.TOP_IMAGES;

  @Option(
      names = "--out",
      paramLabel = "FILE",
      description = "The table to write. Default: ${DEFAULT-VALUE}.")
  private Path out = Path.of("features.parquet");

  @Mixin private SparkOption spark;
  @Mixin private ExecutionOptions executionOptions;

  @Override
  public String howToGoOn() {
    return "run the same command again to go on with '" + out + "'";
  }

  @Override
  public Integer call() throws IOException {
    Optional<Bundle> bundle = bundleOption.bundle(models.anyGiven());
    VisionOptions.Files seen = models.files(bundle);
    HarvestSpec spec =
        new HarvestSpec(
            seen.vision(),
            seen.options(),
            seen.hook(),
            seen.dictionary(),
            Named.isRemote(images) ? images : Path.of(images).toString(),
            framing.framing(bundle, command.commandLine(), seen.vision(), seen.dictionary()),
            framing.limit(),
            reduction.reduction(),
            reduction.center(),
            top);
    HarvestStudy.Outcome outcome =
        spark
            .on(Jobs.HARVEST, Cluster::harvest)
            .run(spec, executionOptions.execution(), out, new ConsoleProgress(System.err));
    PrintWriter to = command.commandLine().getOut();
    HarvestInfo info = outcome.info();
    to.printf(Locale.ROOT, "%s: %,d features on %,d images%n", out, info.features(), info.images());
    new CentralCrop(reduction.center())
        .caveat(info.mapHeight(), info.mapWidth())
        .ifPresent(to::println);
    if (!outcome.unknown().isEmpty()) {
      to.println(UnknownFeatures.line(outcome.unknown()));
    }
    if (outcome.leftOut() != null) {
      to.println(outcome.leftOut() + "; names in " + SkippedFile.beside(out));
    }
    to.flush();
    return 0;
  }
}
