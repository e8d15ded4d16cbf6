package org.tiltlens.app.cli;

import picocli.CommandLine.Option;

/** Where units are: which vision model, hook point and dictionary. */
final class VisionOptions {
  @Option(
      names = "--vision",
      paramLabel = "FILE|DIR",
      description = "Vision model: DINOv3 ConvNeXt or ViT, Meta's .pth or a Hugging Face folder.")
  private String vision;

  @Option(
      names = "--hook",
      paramLabel = "H",
      description =
          "Hook point, such as stages.2.20.hook_resid_pre. Default: the dictionary's own.")
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
    return vision != null || hook != null || dictionary != null;
  }

  /** As given, or null. */
  String vision() {
    return vision;
  }

  /** As given, or null for the dictionary's own. */
  String hook() {
    return hook;
  }

  /** As given, or null. */
  String dictionary() {
    return dictionary;
  }
}
