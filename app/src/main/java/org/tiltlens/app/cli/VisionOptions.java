package org.tiltlens.app.cli;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.tiltlens.models.Bundle;
import org.tiltlens.models.VisionFile;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Where units are: which vision model, hook point and dictionary. */
final class VisionOptions {
  @Option(
      names = "--vision",
      paramLabel = "FILE|DIR",
      description =
          "Vision model: a ConvNeXt, a ResNet or a ViT (DINOv3, DINOv2, ImageNet, DeiT, CLIP,"
              + " SigLIP), by the names of Meta, Hugging Face, timm, torchvision or OpenCLIP; a"
              + " folder that tiltlens train wrote; or a network saved with torch.jit.save. The"
              + " latter is a program that will be run: only from people you trust. Default: the"
              + " bundle's.")
  private String vision;

  @Option(
      names = "--vision-option",
      paramLabel = "K=V",
      description =
          "What the network's file cannot tell: preset=imagenet|satellite|inception|clip|siglip, or"
              + " mean=0.5,0.5,0.5 and std=0.5,0.5,0.5; size=224, to which images are resized;"
              + " heads=12, activation=gelu|quick_gelu|gelu_tanh (ViT). Of a torch.jit.save"
              + " network, instead of NAME.json beside it: size, mean, std, range=0,1,"
              + " channels=rgb|bgr|grey, prefix_tokens=5, cls=true, map=14,14. Repeatable. Default:"
              + " what its files say, else as such networks usually are.")
  private Map<String, String> visionOptions = new LinkedHashMap<>();

  @Mixin private VisionPartOption part;

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
          "Sparse dictionary: its folder, as tiltlens train writes one too, or its weights with"
              + " their settings beside them (Language-Model-SAEs, SAELens, overcomplete,"
              + " ViT-Prisma, dictionary_learning, sparsify, Gemma Scope). Default: the bundle's,"
              + " or none with --vision.")
  private String dictionary;

  /**
   * Whether any of them is given.
   *
   * @throws IllegalArgumentException if there are options of a network that is not given
   */
  boolean anyGiven() {
    if (vision == null && part.isGiven()) {
      throw new IllegalArgumentException(
          "--vision-part says which network of --vision: give --vision FILE too, or leave it out");
    }
    if (vision == null && !visionOptions.isEmpty()) {
      throw new IllegalArgumentException(
          "--vision-option "
              + visionOptions
              + " says what the file of --vision cannot tell: give --vision FILE too, or leave it"
              + " out");
    }
    return vision != null || !visionOptions.isEmpty() || hook != null || dictionary != null;
  }

  /** As given. */
  Files files() {
    Map<String, String> options = new LinkedHashMap<>(visionOptions);
    options.putAll(part.how());
    if (vision != null) {
      VisionFile.warning(vision, options).ifPresent(System.err::println);
    }
    return new Files(vision, options, hook, dictionary);
  }

  /** The bundle's, or as given. */
  Files files(Optional<Bundle> bundle) {
    return bundle
        .map(Bundle::models)
        .map(all -> new Files(all.vision(), all.visionOptions(), all.hook(), all.dictionary()))
        .orElseGet(this::files);
  }

  /**
   * Where units are.
   *
   * @param vision null if it is not given
   * @param hook null for the usual one
   * @param dictionary null if it is not given
   */
  record Files(String vision, Map<String, String> options, String hook, String dictionary) {}
}
