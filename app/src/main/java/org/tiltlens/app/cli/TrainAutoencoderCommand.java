package org.tiltlens.app.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.tiltlens.training.AutoencoderSettings;
import org.tiltlens.training.AutoencoderTraining;
import org.tiltlens.training.Comparison;
import org.tiltlens.training.ImageFeatures;
import org.tiltlens.training.PerceptualLoss;
import org.tiltlens.training.TrainingSettings;
import org.tiltlens.unet.AutoencoderKlConfig;
import org.tiltlens.vision.HookPoint;
import org.tiltlens.vision.PooledModel;
import org.tiltlens.vision.VisionCheckpoint;
import org.tiltlens.vision.VisionModel;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code tiltlens train autoencoder}: the latents of a latent prior. */
@Command(
    name = "autoencoder",
    description =
        "Trains an AutoencoderKL of latent diffusion: images as small maps of latents and back.",
    sortOptions = false,
    mixinStandardHelpOptions = true)
final class TrainAutoencoderCommand implements Callable<Integer> {
  @Spec private CommandSpec command;
  @Mixin private TrainingOptions options;

  @Option(
      names = "--channels",
      paramLabel = "N",
      description = "Base width. Default: ${DEFAULT-VALUE}.")
  private int channels = 32;

  @Option(
      names = "--channel-mult",
      split = ",",
      paramLabel = "M",
      description =
          "Width of each level; each has half the side of the one before, so that three make one"
              + " latent of 4 x 4 pixels. Default: 1,2,2.")
  private List<Integer> channelMult = List.of(1, 2, 2);

  @Option(
      names = "--res-blocks",
      paramLabel = "N",
      description =
          "Residual blocks per level of the encoder; the decoder has one more. Default:"
              + " ${DEFAULT-VALUE}.")
  private int resBlocks = 1;

  @Option(
      names = "--latent-channels",
      paramLabel = "N",
      description = "Channels of the latents. Default: ${DEFAULT-VALUE}.")
  private int latentChannels = 4;

  @Option(
      names = "--groups",
      paramLabel = "N",
      description = "Groups of its norms, which divide all widths. Default: ${DEFAULT-VALUE}.")
  private int groups = 32;

  @Option(
      names = "--kl-weight",
      paramLabel = "W",
      description = "Weight of the latents' divergence from N(0, 1). Default: ${DEFAULT-VALUE}.")
  private double klWeight = AutoencoderSettings.KL_WEIGHT;

  @Option(names = "--flip", negatable = true, description = "Mirror images at random. Default: no.")
  private boolean flip;

  @Option(
      names = "--vision",
      paramLabel = "FILE|DIR",
      description =
          "A vision model in whose activations reconstructions are to be near their images too."
              + " Default: none, the error of pixels alone.")
  private Path vision;

  @Mixin private VisionPartOption visionPart;

  @Option(
      names = "--hooks",
      split = ",",
      paramLabel = "H",
      description =
          "Hook points of --vision that the loss looks at. Default: the ends of up to four blocks,"
              + " evenly spread, with the last.")
  private List<String> hooks;

  @Option(
      names = "--perceptual-weight",
      paramLabel = "W",
      description = "Weight of the error in --vision beside that of pixels. Default: 1.")
  private Double perceptualWeight;

  @Option(
      names = "--compared",
      paramLabel = "N",
      description =
          "Reconstructions compared as a set with as many other held-out images; at most half of"
              + " those, 0: none. Default: ${DEFAULT-VALUE}.")
  private int compared = Comparison.DEFAULT.images();

  @Option(
      names = "--judge",
      paramLabel = "FILE|DIR",
      description =
          "A vision model in whose pooled token these sets are compared, best another than"
              + " --vision. Default: pixels averaged to 8 x 8, which see no detail.")
  private Path judge;

  @Override
  public Integer call() throws Exception {
    requireVision("--vision-part", visionPart.isGiven());
    requireVision("--hooks", hooks != null);
    requireVision("--perceptual-weight", perceptualWeight != null);
    AutoencoderSettings settings = new AutoencoderSettings(network(), klWeight, flip);
    try (PooledModel loss = open(vision, visionPart.how());
        PooledModel eye = open(judge, Map.of())) {
      ImageFeatures features =
          eye == null ? ImageFeatures.pixels() : ImageFeatures.token(eye, judge.toString());
      return train(settings, loss, new Comparison(compared, features));
    }
  }

  private void requireVision(String option, boolean given) {
    if (vision == null && given) {
      throw new IllegalArgumentException(
          option + " is about the network of --vision: give --vision FILE too, or leave it out");
    }
  }

  /** A network, or null where there is no path. */
  private PooledModel open(Path path, Map<String, String> how) {
    if (path == null) {
      return null;
    }
    options.sayUsedSize(path, command.commandLine());
    return VisionCheckpoint.open(path, how, options.device(), Optional.empty());
  }

  private int train(AutoencoderSettings settings, VisionModel model, Comparison comparison)
      throws IOException {
    Optional<PerceptualLoss> perceptual = Optional.ofNullable(model).map(this::perceptual);
    return options.train(
        "autoencoder",
        TrainingSettings.AUTOENCODER,
        (images, heldOut, run) ->
            AutoencoderTraining.run(settings, perceptual, comparison, images, heldOut, run),
        command.commandLine());
  }

  private PerceptualLoss perceptual(VisionModel model) {
    List<HookPoint> at =
        hooks == null
            ? PerceptualLoss.spread(model)
            : hooks.stream().map(HookPoint::parse).toList();
    return new PerceptualLoss(model, at, perceptualWeight == null ? 1 : perceptualWeight);
  }

  private AutoencoderKlConfig network() {
    List<Integer> widths = channelMult.stream().map(m -> Math.multiplyExact(m, channels)).toList();
    return new AutoencoderKlConfig(widths, resBlocks, latentChannels, groups);
  }
}
