package org.tiltlens.app.cli;

import java.util.LinkedHashMap;
import java.util.Map;
import org.tiltlens.models.KnownPriorOptions;
import picocli.CommandLine.Option;

/** Which diffusion prior, common to the commands that use one. */
final class PriorOptions {
  @Option(
      names = "--prior",
      paramLabel = "FILE|DIR",
      description =
          "Diffusion model of natural images: an ADM checkpoint (guided-diffusion), a folder of"
              + " diffusers (pixels, latents, or told a text as Stable Diffusion), a checkpoint of"
              + " latent diffusion, EDM or DiT, or one that tiltlens train wrote. Default: the"
              + " bundle's.")
  private String prior;

  @Option(
      names = "--prior-option",
      paramLabel = "K=V",
      description =
          "What the prior's file cannot tell, by guided-diffusion's option names, such as"
              + " num_head_channels=64; of a class-conditional one label=K, label=3,7, label=any or"
              + " label=none, and guidance_scale=W for classifier-free guidance; what it predicts,"
              + " prediction=epsilon, v or x0; repeatable. Default: what the file says.")
  private Map<String, String> options = new LinkedHashMap<>();

  @Option(
      names = "--prior-part",
      paramLabel = "PREFIX",
      description =
          "Which of several networks in the prior's file, by what stands before its tensors' names,"
              + " such as ema.; tiltlens inspect lists them. Default: the moving average (EMA).")
  private String part;

  /**
   * As given, or null.
   *
   * @throws IllegalArgumentException if there are options of a prior that is not given
   */
  String prior() {
    if (prior == null && !options.isEmpty()) {
      throw new IllegalArgumentException(
          "--prior-option "
              + options
              + " says what the file of --prior cannot tell: give --prior FILE too, or leave it"
              + " out");
    }
    if (prior == null && part != null) {
      throw new IllegalArgumentException(
          "--prior-part says which network of --prior: give --prior FILE too, or leave it out");
    }
    return prior;
  }

  Map<String, String> options() {
    Map<String, String> all = new LinkedHashMap<>(options);
    if (part != null) {
      all.put(KnownPriorOptions.PART, part);
    }
    return all;
  }
}
