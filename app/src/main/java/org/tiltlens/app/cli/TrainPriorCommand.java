package org.tiltlens.app.cli;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.tiltlens.diffusion.AdmUnetConfig;
import org.tiltlens.training.PriorSettings;
import org.tiltlens.training.PriorTraining;
import org.tiltlens.training.TrainingSettings;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code tiltlens train prior}: a diffusion model of the images. */
@Command(
    name = "prior",
    description = "Trains an ADM UNet as a diffusion prior of the images.",
    sortOptions = false,
    mixinStandardHelpOptions = true)
final class TrainPriorCommand implements Callable<Integer> {
  @Spec private CommandSpec command;
  @Mixin private TrainingOptions options;

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
              + " Default: ${DEFAULT-VALUE}.")
  private int patch = 2;

  @Option(
      names = "--network-option",
      paramLabel = "K=V",
      description = "Any other option by guided-diffusion's name; repeatable.")
  private Map<String, String> networkOptions = new LinkedHashMap<>();

  @Option(
      names = "--fixed-variance",
      description = "Train the mean only, on the simple loss instead of the hybrid one.")
  private boolean fixedVariance;

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

  @Override
  public Integer call() throws Exception {
    PriorSettings settings = new PriorSettings(network(), noiseSchedule, baseSteps, minSnr, flip);
    return options.train(
        "prior",
        TrainingSettings.PRIOR,
        (images, heldOut, run) -> PriorTraining.run(settings, images, heldOut, run),
        command.commandLine().getOut());
  }

  private AdmUnetConfig network() {
    Map<String, String> all = new LinkedHashMap<>();
    all.put("image_size", Integer.toString(options.imageSize()));
    all.put("num_channels", Integer.toString(channels));
    all.put("channel_mult", channelMult);
    all.put("num_res_blocks", Integer.toString(resBlocks));
    all.put("attention_resolutions", attention);
    all.put("num_head_channels", Integer.toString(headChannels));
    all.put("patch_size", Integer.toString(patch));
    all.put("learn_sigma", Boolean.toString(!fixedVariance));
    all.putAll(networkOptions);
    return AdmUnetConfig.fromOptions(all);
  }
}
