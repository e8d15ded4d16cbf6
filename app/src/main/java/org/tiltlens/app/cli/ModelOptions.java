package org.tiltlens.app.cli;

import java.util.LinkedHashMap;
import java.util.Map;
import org.tiltlens.study.ModelFiles;
import org.tiltlens.study.Preset;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Which models, common to the commands that use them. */
final class ModelOptions {
  @Mixin private VisionOptions vision;

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
    boolean placeless = vision.hook() == null && vision.dictionary() == null;
    String hookPoint = placeless ? preset.hook() : vision.hook();
    return new ModelFiles(vision.vision(), hookPoint, vision.dictionary(), prior, options);
  }
}
