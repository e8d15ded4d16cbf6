package org.tiltlens.app.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.tiltlens.training.Augmentation;
import org.tiltlens.training.ClassGroups;
import org.tiltlens.training.EarlyStop;
import org.tiltlens.training.LabelledImages;
import org.tiltlens.training.Regularisation;
import org.tiltlens.training.TrainingSettings;
import org.tiltlens.training.VisionSettings;
import org.tiltlens.training.VisionTraining;
import org.tiltlens.vision.ConvNextConfig;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code tiltlens train vision}: a classifier of labelled images. */
@Command(
    name = "vision",
    description = "Trains a ConvNeXt of the DINOv3 architecture to classify labelled images.",
    sortOptions = false,
    mixinStandardHelpOptions = true)
final class TrainVisionCommand implements Callable<Integer> {
  @Spec private CommandSpec command;
  @Mixin private TrainingOptions options;

  @Option(
      names = "--depths",
      split = ",",
      paramLabel = "N",
      description = "Blocks of each stage. Default: 2,2,4,2.")
  private List<Integer> depths = List.of(2, 2, 4, 2);

  @Option(
      names = "--dims",
      split = ",",
      paramLabel = "N",
      description = "Channels of each stage. Default: 32,64,128,256.")
  private List<Integer> dims = List.of(32, 64, 128, 256);

  @Option(
      names = "--layer-scale",
      paramLabel = "G",
      description = "First value of the layer scales. Default: ${DEFAULT-VALUE}.")
  private double layerScale = 0.1;

  @Option(
      names = "--label-smoothing",
      paramLabel = "E",
      description = "Share of the target spread over all classes. Default: ${DEFAULT-VALUE}.")
  private double labelSmoothing = 0.1;

  @Option(names = "--flip", negatable = true, description = "Mirror images at random. Default: no.")
  private boolean flip;

  @Option(
      names = "--shift",
      paramLabel = "N",
      description = "Move images by up to so many pixels. Default: ${DEFAULT-VALUE}.")
  private int shift = 2;

  @Option(
      names = "--labels",
      paramLabel = "FILE",
      description =
          "Groups of classes to tell in place of the folders' own: lines of a class, a tab and its"
              + " group, after a line 'class', tab, 'group'. Default: each folder is a class.")
  private Path labels;

  @Option(
      names = "--smallest-crop",
      paramLabel = "A",
      description =
          "Random resized crops of at least so much of an image's area; 1: none. Default:"
              + " ${DEFAULT-VALUE}.")
  private double smallestCrop = Regularisation.NONE.smallestCrop();

  @Option(
      names = "--jitter",
      paramLabel = "J",
      description =
          "Change brightness, contrast and saturation by factors of up to so far from 1. Default:"
              + " ${DEFAULT-VALUE}.")
  private double jitter;

  @Option(
      names = "--erasing",
      paramLabel = "P",
      description = "Share of images of which a rectangle is made grey. Default: ${DEFAULT-VALUE}.")
  private double erasing;

  @Option(
      names = "--mixup",
      paramLabel = "A",
      description =
          "Average pairs of images, with a weight of Beta(A, A); with --cutmix in half of the"
              + " steps. Default: ${DEFAULT-VALUE}, none.")
  private double mixup;

  @Option(
      names = "--cutmix",
      paramLabel = "A",
      description =
          "Paste a part of one image into another, of an area of Beta(A, A). Default:"
              + " ${DEFAULT-VALUE}, none.")
  private double cutmix;

  @Option(
      names = "--stochastic-depth",
      paramLabel = "P",
      description =
          "Share of steps without the last block, less of those before. Default:"
              + " ${DEFAULT-VALUE}.")
  private double stochasticDepth;

  @ArgGroup(exclusive = false)
  private Stop stop;

  /** When to end before --steps or --minutes. */
  private static final class Stop {
    @Option(
        names = "--held-out",
        required = true,
        paramLabel = "S",
        description =
            "Keep so much of the training images, by a hash of each, out of the training; take the"
                + " weights that classify them best, and end when they do not get better. Default:"
                + " none, the last weights.")
    private double share;

    @Option(
        names = "--evaluate-every",
        paramLabel = "T",
        description = "Steps between looks at --held-out. Default: ${DEFAULT-VALUE}.")
    private long every = 250;

    @Option(
        names = "--patience",
        paramLabel = "N",
        description = "Looks without a better one after which it ends. Default: ${DEFAULT-VALUE}.")
    private int patience = 20;
  }

  @Override
  public Integer call() throws Exception {
    VisionSettings settings =
        new VisionSettings(
            new ConvNextConfig(depths, dims),
            layerScale,
            labelSmoothing,
            new Augmentation(flip, shift),
            new Regularisation(smallestCrop, jitter, erasing, mixup, cutmix, stochasticDepth),
            Optional.ofNullable(stop)
                .map(given -> new EarlyStop(given.share, given.every, given.patience)));
    Optional<ClassGroups> groups =
        labels == null ? Optional.empty() : Optional.of(ClassGroups.read(labels));
    return options.train(
        "vision model",
        TrainingSettings.VISION,
        (images, test, run) ->
            VisionTraining.run(settings, grouped(images, groups), grouped(test, groups), run),
        command.commandLine());
  }

  private static LabelledImages grouped(LabelledImages images, Optional<ClassGroups> groups) {
    return groups.map(by -> by.of(images)).orElse(images);
  }
}
