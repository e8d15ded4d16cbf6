package org.tiltlens.app.cli;

import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.tiltlens.training.DictionarySettings;
import org.tiltlens.training.DictionaryTraining;
import org.tiltlens.training.TrainingSettings;
import org.tiltlens.vision.HookPoint;
import org.tiltlens.vision.VisionCheckpoint;
import org.tiltlens.vision.VisionModel;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code tiltlens train dictionary}: a transcoder or sparse autoencoder. */
@Command(
    name = "dictionary",
    description = "Trains a transcoder or a sparse autoencoder on a vision model's activations.",
    sortOptions = false,
    mixinStandardHelpOptions = true)
final class TrainDictionaryCommand implements Callable<Integer> {
  @Spec private CommandSpec command;
  @Mixin private TrainingOptions options;

  @Option(
      names = "--vision",
      required = true,
      paramLabel = "FILE|DIR",
      description = "The vision model whose activations it learns.")
  private Path vision;

  @Mixin private VisionPartOption visionPart;

  @ArgGroup(multiplicity = "1")
  private Place place;

  /** What it reads. */
  private static final class Place {
    @Option(
        names = "--block",
        paramLabel = "B",
        description = "A transcoder of this block, such as stages.2.20.")
    private String block;

    @Option(
        names = "--hook",
        paramLabel = "H",
        description = "An autoencoder at this hook point, such as stages.2.20.hook_resid_pre.")
    private String hook;
  }

  @Option(
      names = "--expansion",
      paramLabel = "N",
      description = "Features per channel. Default: ${DEFAULT-VALUE}.")
  private int expansion = 16;

  @Option(
      names = "--top-k",
      paramLabel = "K",
      description = "Features active at a position. Default: ${DEFAULT-VALUE}.")
  private int topK = 64;

  @Option(
      names = "--explained-variance",
      paramLabel = "V",
      description = "Stop when this much is explained. Default: never.")
  private double explainedVariance;

  @Override
  public Integer call() throws Exception {
    options.followNetwork(vision);
    options.sayUsedSize(vision, command.commandLine());
    try (VisionModel model =
        VisionCheckpoint.open(vision, visionPart.how(), options.device(), Optional.empty())) {
      DictionarySettings settings =
          place.block != null
              ? DictionarySettings.transcoder(
                      model, place.block, expansion, topK, explainedVariance)
                  .forImagesOf(model, options.imageSize())
              : DictionarySettings.autoencoder(
                  model, HookPoint.parse(place.hook), expansion, topK, explainedVariance);
      return options.train(
          "dictionary",
          TrainingSettings.DICTIONARY,
          (images, heldOut, run) -> DictionaryTraining.run(settings, model, images, heldOut, run),
          command.commandLine());
    }
  }
}
