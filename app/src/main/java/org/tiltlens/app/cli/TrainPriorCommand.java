package org.tiltlens.app.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import org.tiltlens.diffusion.Predicts;
import org.tiltlens.training.ImageFeatures;
import org.tiltlens.training.PriorLatents;
import org.tiltlens.training.PriorSampling;
import org.tiltlens.training.PriorSettings;
import org.tiltlens.training.PriorTraining;
import org.tiltlens.training.TrainingSettings;
import org.tiltlens.unet.AdmUnetConfig;
import org.tiltlens.vision.PooledModel;
import org.tiltlens.vision.VisionCheckpoint;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code tiltlens train prior}: a diffusion model of the images. */
@Command(
    name = "prior",
    description = "Trains an ADM UNet as a diffusion prior of the images, or of their latents.",
    sortOptions = false,
    mixinStandardHelpOptions = true)
final class TrainPriorCommand implements Callable<Integer> {
  @Spec private CommandSpec command;
  @Mixin private TrainingOptions options;

  @Option(
      names = "--latent",
      paramLabel = "DIR",
      description =
          "A folder of train autoencoder, or an AutoencoderKL of diffusers, of whose latents it is"
              + " to be a prior; with fixed variance. Default: none, of pixels.")
  private Path latent;

  @Option(
      names = "--channels",
      paramLabel = "N",
      description = "Base width. Default: ${DEFAULT-VALUE}.")
  private int channels = 64;

  @Option(
      names = "--channel-mult",
      paramLabel = "M,M",
      description = "Width of each level. Default: ${DEFAULT-VALUE}.")
  private String channelMult = "1,2,2";

  @Option(
      names = "--res-blocks",
      paramLabel = "N",
      description = "Residual blocks per level. Default: ${DEFAULT-VALUE}.")
  private int resBlocks = 2;

  @Option(
      names = "--attention",
      paramLabel = "R,R",
      description = "Sides of the maps with attention. Default: ${DEFAULT-VALUE}.")
  private String attention = "8,4";

  @Option(
      names = "--head-channels",
      paramLabel = "N",
      description = "Channels of an attention head. Default: ${DEFAULT-VALUE}.")
  private int headChannels = 32;

  @Option(
      names = "--patch",
      paramLabel = "P",
      description =
          "Side of the patches the network sees as one pixel; 2 is several times cheaper than 1."
              + " Default: 2, with --latent 1.")
  private Integer patch;

  @Option(
      names = "--network-option",
      paramLabel = "K=V",
      description =
          "Any other option by guided-diffusion's name; repeatable. Default: guided-diffusion's"
              + " own.")
  private Map<String, String> networkOptions = new LinkedHashMap<>();

  @Option(
      names = "--fixed-variance",
      description = "Train the mean only, on the simple loss instead of the hybrid one.")
  private boolean fixedVariance;

  @Option(
      names = "--prediction",
      paramLabel = "P",
      description =
          "What the network learns to tell: epsilon (the noise) or v (the velocity). Default:"
              + " epsilon, with --latent v.")
  private String prediction;

  @Option(
      names = "--noise-schedule",
      paramLabel = "N",
      description = "linear or cosine. Default: ${DEFAULT-VALUE}.")
  private String noiseSchedule = "linear";

  @Option(
      names = "--base-steps",
      paramLabel = "T",
      description = "Diffusion steps. Default: ${DEFAULT-VALUE}.")
  private int baseSteps = 1000;

  @Option(
      names = "--min-snr",
      paramLabel = "G",
      description = "Gamma of min-SNR weighting; Infinity: none. Default: ${DEFAULT-VALUE}.")
  private double minSnr = 5;

  @Option(names = "--flip", negatable = true, description = "Mirror images at random. Default: no.")
  private boolean flip;

  @Option(
      names = "--samples",
      paramLabel = "N",
      description =
          "Samples drawn at the end and compared with as many held-out images; at most half of"
              + " those, 0: none. Default: ${DEFAULT-VALUE}.")
  private int samples = PriorSampling.DEFAULT.samples();

  @Option(
      names = "--sample-steps",
      paramLabel = "T",
      description = "Diffusion steps of each sample. Default: ${DEFAULT-VALUE}.")
  private int sampleSteps = PriorSampling.DEFAULT.steps();

  @Option(
      names = "--vision",
      paramLabel = "FILE|DIR",
      description =
          "A DINOv3 network in whose pooled token samples and images are compared. Default: in"
              + " pixels averaged to 8 x 8.")
  private Path vision;

  @Mixin private VisionPartOption visionPart;

  @Option(
      names = "--nearest",
      paramLabel = "N",
      description =
          "Show so many samples, up to 8, beside the training images nearest to them in those"
              + " features (nearest.png), and report how near they are. Default: ${DEFAULT-VALUE}.")
  private int nearest;

  @Override
  public Integer call() throws Exception {
    if (vision == null) {
      if (visionPart.isGiven()) {
        throw new IllegalArgumentException(
            "--vision-part says which network of --vision: give --vision FILE too, or leave it"
                + " out");
      }
      return train(ImageFeatures.pixels());
    }
    options.sayUsedSize(vision, command.commandLine());
    try (PooledModel model =
        VisionCheckpoint.open(vision, visionPart.how(), options.device(), Optional.empty())) {
      return train(ImageFeatures.token(model, vision.toString()));
    }
  }

  private int train(ImageFeatures features) throws IOException {
    if (latent == null) {
      return train(features, Optional.empty());
    }
    try (PriorLatents latents = PriorLatents.open(latent, options.device())) {
      return train(features, Optional.of(latents));
    }
  }

  private int train(ImageFeatures features, Optional<PriorLatents> latents) throws IOException {
    Predicts usual = latents.isPresent() ? Predicts.V : Predicts.EPSILON;
    Predicts predicts = prediction == null ? usual : Predicts.parse(prediction);
    PriorSettings settings =
        new PriorSettings(network(latents), noiseSchedule, baseSteps, predicts, minSnr, flip);
    PriorSampling sampling = new PriorSampling(samples, sampleSteps, features, nearest);
    return options.train(
        "prior",
        TrainingSettings.PRIOR,
        (images, heldOut, run) ->
            PriorTraining.run(settings, latents, sampling, images, heldOut, run),
        command.commandLine());
  }

  private AdmUnetConfig network(Optional<PriorLatents> latents) {
    Map<String, String> all = new LinkedHashMap<>();
    int side = options.imageSize();
    all.put("image_size", Integer.toString(latents.map(own -> own.side(side)).orElse(side)));
    latents.ifPresent(own -> all.put("in_channels", Integer.toString(own.channels())));
    all.put("num_channels", Integer.toString(channels));
    all.put("channel_mult", channelMult);
    all.put("num_res_blocks", Integer.toString(resBlocks));
    all.put("attention_resolutions", attention);
    all.put("num_head_channels", Integer.toString(headChannels));
    int usual = latents.isPresent() ? 1 : 2;
    all.put("patch_size", Integer.toString(patch == null ? usual : patch));
    all.put("learn_sigma", Boolean.toString(!fixedVariance && latents.isEmpty()));
    all.putAll(networkOptions);
    AdmUnetConfig config = AdmUnetConfig.fromOptions(all);
    for (String name : networkOptions.keySet()) {
      if (!config.options().containsKey(name)) {
        throw new IllegalArgumentException(
            "--network-option "
                + name
                + " has no effect: use one of "
                + String.join(", ", new TreeSet<>(config.options().keySet())));
      }
    }
    return config;
  }
}
