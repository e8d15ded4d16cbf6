package org.tiltlens.app.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.tiltlens.checkpoint.Checkpoints;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.corpus.Corpus;
import org.tiltlens.corpus.FeatureScores;
import org.tiltlens.corpus.Framing;
import org.tiltlens.corpus.Harvest;
import org.tiltlens.corpus.HarvestInfo;
import org.tiltlens.feature.CentralCrop;
import org.tiltlens.feature.SparseDictionary;
import org.tiltlens.feature.SpatialReduction;
import org.tiltlens.study.Execution;
import org.tiltlens.study.Progress;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Lanes;
import org.tiltlens.vision.DinoConvNext;
import org.tiltlens.vision.HookPoint;
import org.tiltlens.vision.Normalisation;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code tiltlens harvest}: what every feature does on a corpus. */
@Command(
    name = "harvest",
    description =
        "Measures every feature of a dictionary on a corpus: frequency, scores and top images."
            + " A killed harvest goes on where it stopped.",
    sortOptions = false,
    mixinStandardHelpOptions = true)
final class HarvestCommand implements Callable<Integer> {
  @Spec private CommandSpec command;

  @Option(
      names = "--images",
      required = true,
      paramLabel = "DIR|ZIP|IDX",
      description =
          "The corpus: a folder or .zip of images, a folder in a zip (a.zip/train), an IDX file"
              + " (.gz too) or CIFAR-10 batches.")
  private Path images;

  @Option(
      names = "--limit",
      paramLabel = "N",
      description = "Take the first N images. Default: all.")
  private int limit = Integer.MAX_VALUE;

  @Option(
      names = "--image-size",
      paramLabel = "PX",
      description = "Side of the squares the model sees. Default: ${DEFAULT-VALUE}.")
  private int imageSize = 256;

  @Option(
      names = "--fit",
      paramLabel = "F",
      description =
          "Images of another shape: ${COMPLETION-CANDIDATES} (resize and cut the centre, or centre"
              + " on black). Default: ${DEFAULT-VALUE}.")
  private Framing.Fit fit = Framing.Fit.CROP;

  @Mixin private VisionOptions models;

  @Option(
      names = "--reduction",
      paramLabel = "R",
      description = "Map to number: mix:A, max, mean or lse:T. Default: ${DEFAULT-VALUE}.")
  private String reduction = "mix:0.7";

  @Option(
      names = "--center",
      paramLabel = "F",
      description =
          "Side of the central crop of the map that counts, in (0, 1]. Default: ${DEFAULT-VALUE}.")
  private double center = 0.5;

  @Option(
      names = "--top",
      paramLabel = "K",
      description = "Top images kept of each feature. Default: ${DEFAULT-VALUE}.")
  private int top = Harvest.TOP_IMAGES;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "FILE",
      description = "The table to write, such as features.parquet.")
  private Path out;

  @Mixin private ExecutionOptions executionOptions;

  @Override
  public Integer call() throws IOException {
    if (models.vision() == null || models.dictionary() == null) {
      throw new ParameterException(
          command.commandLine(), "give the models: --vision FILE|DIR and --dictionary DIR");
    }
    Execution execution = executionOptions.execution();
    Device device = new Device(execution.device()).requireAvailable();
    try (Corpus corpus = Corpus.open(images, new Framing(imageSize, fit));
        SparseDictionary dictionary = SparseDictionary.open(Path.of(models.dictionary()), device);
        DinoConvNext vision = vision(hookPoint(dictionary), device)) {
      FeatureScores scores =
          new FeatureScores(
              vision,
              hookPoint(dictionary),
              dictionary,
              SpatialReduction.parse(reduction),
              new CentralCrop(center));
      print(harvest(new Harvest(corpus, scores, limit, top), execution), corpus);
    }
    return 0;
  }

  private HookPoint hookPoint(SparseDictionary dictionary) {
    return models.hook() == null ? dictionary.hookPoint() : HookPoint.parse(models.hook());
  }

  private DinoConvNext vision(HookPoint hook, Device device) {
    try (TensorStore store = Checkpoints.open(Path.of(models.vision()))) {
      return DinoConvNext.open(store, device, Normalisation.IMAGENET, Optional.of(hook));
    }
  }

  private HarvestInfo harvest(Harvest harvest, Execution execution) throws IOException {
    int threads = execution.threadsPerImage();
    Lanes lanes = new Lanes(Math.max(1, execution.threads() / threads), threads);
    Progress progress = new ConsoleProgress(System.err);
    try (Progress.Task task = progress.begin("harvesting", harvest.limit())) {
      return harvest.writeTo(out, modelFiles(), lanes, task::advance);
    }
  }

  /** Names, sizes and times of the model files: enough to notice that a model was replaced. */
  private String modelFiles() throws IOException {
    List<String> files = new ArrayList<>();
    for (String model : List.of(models.vision(), models.dictionary())) {
      Path path = Path.of(model);
      try (Stream<Path> inside = Files.isDirectory(path) ? Files.list(path) : Stream.of(path)) {
        for (Path file : inside.filter(Files::isRegularFile).sorted().toList()) {
          files.add(file + " " + Files.size(file) + " " + Files.getLastModifiedTime(file));
        }
      }
    }
    return String.join("; ", files);
  }

  private void print(HarvestInfo info, Corpus corpus) {
    command
        .commandLine()
        .getOut()
        .printf(
            Locale.ROOT, "%s: %,d features on %,d images%n", out, info.features(), info.images());
    if (corpus.skipped().count() > 0) {
      command.commandLine().getOut().println(corpus.skipped());
    }
    command.commandLine().getOut().flush();
  }
}
