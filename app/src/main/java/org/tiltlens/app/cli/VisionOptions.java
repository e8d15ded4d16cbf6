package org.tiltlens.app.cli;

import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Option;

/** Where units are: which vision model, hook point and dictionary. */
final class VisionOptions {
  @Option(
      names = "--vision",
      paramLabel = "FILE|DIR",
      description =
          "Vision model: DINOv3 ConvNeXt or ViT, Meta's .pth or a Hugging Face folder; or a network"
              + " saved with torch.jit.save. The latter is a program that will be run: only from"
              + " people you trust.")
  private String vision;

  @Option(
      names = "--vision-option",
      paramLabel = "K=V",
      description =
          "What the file of a torch.jit.save network cannot tell, instead of NAME.json beside it:"
              + " size=224, mean=0.5,0.5,0.5, std=0.5,0.5,0.5, range=0,1, channels=rgb|bgr|grey,"
              + " prefix_tokens=5, cls=true, map=14,14; repeatable.")
  private Map<String, String> visionOptions = new LinkedHashMap<>();

  @Option(
      names = "--hook",
      paramLabel = "H",
      description =
          "Hook point, such as stages.2.20.hook_resid_pre. Default: the dictionary's own, or the"
              + " only one of a torch.jit.save network.")
  private String hook;

  @Option(
      names = "--dictionary",
      paramLabel = "FILE|DIR",
      description =
          "Sparse dictionary: its folder, or its weights with their settings beside them"
              + " (Language-Model-SAEs, SAELens, overcomplete).")
  private String dictionary;

  /** Whether any of them is given. */
  boolean anyGiven() {
    return vision != null || !visionOptions.isEmpty() || hook != null || dictionary != null;
  }

  /** As given, or null. */
  String vision() {
    return vision;
  }

  /** As given; empty if none are. */
  Map<String, String> visionOptions() {
    return visionOptions;
  }

  /** As given, or null for the usual one. */
  String hook() {
    return hook;
  }

  /** As given, or null. */
  String dictionary() {
    return dictionary;
  }
}
