package org.tiltlens.app.cli;

import java.util.List;
import java.util.concurrent.Callable;
import org.tiltlens.training.Augmentation;
import org.tiltlens.training.TrainingSettings;
import org.tiltlens.training.VisionSettings;
import org.tiltlens.training.VisionTraining;
import org.tiltlens.vision.ConvNextConfig;
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

  @Override
  public Integer call() throws Exception {
    VisionSettings settings =
        new VisionSettings(
            new ConvNextConfig(depths, dims),
            layerScale,
            labelSmoothing,
            new Augmentation(flip, shift));
    return options.train(
        "vision model",
        TrainingSettings.VISION,
        (images, test, run) -> VisionTraining.run(settings, images, test, run),
        command.commandLine());
  }
}
