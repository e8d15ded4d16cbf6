package org.tiltlens.app.cli;

import java.util.LinkedHashMap;
import java.util.Map;
import org.tiltlens.study.ModelFiles;
import org.tiltlens.study.Preset;
import picocli.CommandLine.Option;

/** Which models, common to the commands that use them. */
final class ModelOptions {
  @Option(
      names = "--vision",
      paramLabel = "FILE|DIR",
      description = "Vision model: DINOv3 ConvNeXt, Meta's .pth or a Hugging Face folder.")
  private String vision;

  @Option(
      names = "--hook",
      paramLabel = "H",
      description =
          "Hook point, such as stages.2.20.hook_resid_pre. Default: the dictionary's own.")
  private String hook;

  @Option(
      names = "--dictionary",
      paramLabel = "DIR",
      description = "Sparse dictionary: a folder with config.json and sae_weights.safetensors.")
  private String dictionary;

  @Option(
      names = "--prior",
      paramLabel = "FILE|DIR",
      description = "Diffusion model of natural images: an ADM checkpoint (guided-diffusion).")
  private String prior;

  @Option(
      names = "--prior-option",
      paramLabel = "K=V",
      description =
          "What the prior's file cannot tell, by guided-diffusion's option names, such as"
              + " num_head_channels=64; repeatable.")
  private Map<String, String> priorOptions = new LinkedHashMap<>();

  ModelFiles files(Preset preset) {
    Map<String, String> options = new LinkedHashMap<>(preset.priorOptions());
    options.putAll(priorOptions);
    String hookPoint = hook == null && dictionary == null ? preset.hook() : hook;
    return new ModelFiles(vision, hookPoint, dictionary, prior, options);
  }
}
