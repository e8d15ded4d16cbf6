package org.tiltlens.models;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.tiltlens.checkpoint.Parts;
import org.tiltlens.diffusion.ClassifierFree;
import org.tiltlens.run.SpecException;

/**
 * The options that a prior is opened with, and which kind of prior reads which.
 *
 * <p>Options have guided-diffusion's names ({@code image_size}, {@code num_head_channels}, {@code
 * sigma_small}, ...) and may stand in the checkpoint's own metadata; {@code label} tells a
 * class-conditional network which classes to draw and {@code guidance_scale} how strongly it
 * follows them, {@code prediction} what a network's output is, {@code part} which of several
 * networks is meant.
 */
public final class KnownPriorOptions {
  /** Option: which of a file's networks to take; see {@link Parts}. */
  public static final String PART = "part";

  /** Option: the tokenizer of one that is told a text and does not bring it. */
  public static final String TOKENIZER = "tokenizer";

  /** Option: how far a network goes beyond itself; see {@link ClassifierFree}. */
  static final String SCALE = Prompt.SCALE;

  /** Option: how many of a diffusion transformer's channels go beyond; 3 in DiT's own code. */
  static final String CHANNELS = "guidance_channels";

  /** Options without which a network draws other images: a pool's must be its run's. */
  public static final List<String> MEANINGS =
      List.of(
          "label",
          Prompt.TEXT,
          Prompt.NEGATIVE,
          SCALE,
          CHANNELS,
          "prediction",
          "sigma_data",
          "scale_factor");

  /** guided-diffusion's options; the tensors show most of them, but a user may state them all. */
  private static final Set<String> KNOWN =
      Set.of(
          "image_size",
          "num_channels",
          "num_res_blocks",
          "channel_mult",
          "learn_sigma",
          "class_cond",
          "use_checkpoint",
          "attention_resolutions",
          "num_heads",
          "num_head_channels",
          "num_heads_upsample",
          "use_scale_shift_norm",
          "dropout",
          "resblock_updown",
          "use_fp16",
          "use_new_attention_order",
          "sigma_small",
          "rescale_timesteps",
          "clip_denoised",
          "label",
          SCALE,
          "prediction",
          "predict_xstart",
          "sigma_data",
          "scale_factor",
          Prompt.TEXT,
          Prompt.NEGATIVE,
          TOKENIZER,
          CHANNELS,
          PART);

  /** Of training alone: they change nothing here. */
  private static final Set<String> TRAINING = Set.of("use_checkpoint", "use_fp16", "dropout");

  static final Set<String> DIFFUSERS =
      Set.of("image_size", "sigma_small", "clip_denoised", "prediction", "label", SCALE);

  static final Set<String> EDM =
      Set.of("sigma_data", "sigma_small", "clip_denoised", "label", SCALE, PART);

  static final Set<String> DIT = Set.of("num_heads", "label", SCALE, CHANNELS);

  /** Of a prior that is told a text alone. */
  private static final List<String> TOLD = List.of(Prompt.TEXT, Prompt.NEGATIVE, TOKENIZER);

  static final Set<String> ADM =
      KNOWN.stream()
          .filter(name -> !TOLD.contains(name))
          .filter(name -> !List.of("sigma_data", "scale_factor", CHANNELS).contains(name))
          .collect(Collectors.toSet());

  static final Set<String> LATENT =
      KNOWN.stream()
          .filter(name -> !TOLD.contains(name))
          .filter(name -> !List.of("sigma_data", CHANNELS, PART).contains(name))
          .collect(Collectors.toSet());

  private KnownPriorOptions() {}

  /** Refuses options nobody would look at. */
  public static void check(Map<String, String> options) {
    for (String name : options.keySet()) {
      if (!KNOWN.contains(name)) {
        throw new IllegalArgumentException(
            "unknown prior option '"
                + name
                + "': use one of "
                + String.join(", ", new TreeSet<>(KNOWN)));
      }
    }
  }

  /** An option that nobody reads would mislead who gave it. */
  static void requireRead(Map<String, String> stated, Set<String> read, String what) {
    for (String name : new TreeSet<>(stated.keySet())) {
      if (!read.contains(name) && !TRAINING.contains(name)) {
        throw new IllegalArgumentException(
            "`priorOption` %s=%s has no meaning for %s: leave it out"
                .formatted(name, stated.get(name), what));
      }
    }
  }

  /** Refuses a text for a prior that is told none. */
  static void requireUntold(Path path, Map<String, String> stated) {
    for (String name : TOLD) {
      if (stated.containsKey(name)) {
        String field = name.equals(TOKENIZER) ? "{priorOption} " + name : "{" + name + "}";
        throw new SpecException(
            field
                + " '%s': the prior '%s' is told no text: leave it out, or give one that is (a"
                + " pipeline or checkpoint of Stable Diffusion)",
            stated.get(name),
            path);
      }
    }
  }
}
