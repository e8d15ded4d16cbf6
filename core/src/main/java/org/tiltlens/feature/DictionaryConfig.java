package org.tiltlens.feature;

import java.nio.file.Path;
import java.util.OptionalDouble;
import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.checkpoint.JsonSettings;

/**
 * What a sparse dictionary computes, as its {@code config.json} says it.
 *
 * <p>The keys are those of Language-Model-SAEs (OpenMOSS), which the transcoders of Zhou et al.
 * 2026 use; {@link SparseDictionary} reads the settings of other libraries too and says the same
 * things here. A missing key takes the default of that library, given below; {@code sae_type},
 * {@code d_model} and {@code hook_point_in} have none.
 *
 * @param type {@code sae_type}: how the encoder reads its input
 * @param channels {@code d_model}: channels of the activations it reads and predicts
 * @param activation {@code act_fn}: which features stay active; default relu
 * @param topK {@code top_k}: how many, for topk and batchtopk; default 50
 * @param threshold {@code jump_relu_threshold}: one threshold for all features, for jumprelu
 *     checkpoints without a threshold tensor
 * @param hookPointIn {@code hook_point_in}: where it reads
 * @param hookPointOut {@code hook_point_out}: what it predicts; default where it reads
 * @param datasetNorms {@code norm_activation} is dataset-wise (the default): activations are scaled
 *     by their average norm over the training images; not so for {@code inference} or {@code none}
 * @param decoderNormGates {@code sparsity_include_decoder_norm}: features compete by pre-activation
 *     times decoder norm; default true
 * @param decoderBias {@code use_decoder_bias}; default true
 * @param kernelSize {@code kernel_size} of the convolution; default 7 for cnnsae, always 1 for sae
 * @param padding {@code padding} of the convolution; default (kernel_size - 1) / 2
 */
public record DictionaryConfig(
    Type type,
    int channels,
    Activation activation,
    int topK,
    OptionalDouble threshold,
    String hookPointIn,
    String hookPointOut,
    boolean datasetNorms,
    boolean decoderNormGates,
    boolean decoderBias,
    int kernelSize,
    int padding) {

  /** Stands for a hook point where the files name none. */
  static final String UNSTATED = "unstated";

  private static final int LARGEST_KERNEL = 63;

  /** How the encoder reads its input. */
  public enum Type {
    /** A k x k convolution. */
    CNNSAE,
    /** One position at a time. */
    SAE
  }

  /** Which features stay active. */
  public enum Activation {
    /** Every positive one. */
    RELU,
    /** The k largest at each position. */
    TOPK,
    /** The largest of a whole map, k per position on average. */
    BATCHTOPK,
    /** Those above a threshold of their own. */
    JUMPRELU;

    /** Whether one feature's activation depends on the others. */
    boolean competes() {
      return this == TOPK || this == BATCHTOPK;
    }
  }

  public DictionaryConfig {
    require(channels >= 1, "d_model", channels, "at least 1");
    require(topK >= 1, "top_k", topK, "at least 1");
    require(
        kernelSize >= 1 && kernelSize <= LARGEST_KERNEL,
        "kernel_size",
        kernelSize,
        "1.." + LARGEST_KERNEL);
    require(padding >= 0 && padding < kernelSize, "padding", padding, "0.." + (kernelSize - 1));
  }

  private static void require(boolean holds, String key, int value, String expected) {
    if (!holds) {
      throw new IllegalArgumentException(key + " is " + value + ", expected " + expected);
    }
  }

  /**
   * Reads the {@code config.json} in a folder.
   *
   * @throws CheckpointException if there is none, or it asks for what is not supported
   */
  public static DictionaryConfig read(Path folder) {
    JsonSettings settings =
        JsonSettings.in(folder, "config.json")
            .orElseThrow(
                () ->
                    new CheckpointException(
                        folder.resolve("config.json") + " is missing: a dictionary needs it"));
    try {
      return of(settings);
    } catch (IllegalArgumentException e) {
      throw new CheckpointException(settings.source() + ": " + e.getMessage(), e);
    }
  }

  private static DictionaryConfig of(JsonSettings settings) {
    settings.refuse("use_glu_encoder", "gated (GLU) encoders are not supported");
    settings.refuse("apply_decoder_bias_to_pre_encoder", "this is not supported");
    Type type = settings.oneOf("sae_type", Type.class, null);
    String in = settings.text("hook_point_in", null);
    int kernelSize = type == Type.SAE ? 1 : settings.integer("kernel_size", 7);
    return new DictionaryConfig(
        type,
        settings.integer("d_model", null),
        settings.oneOf("act_fn", Activation.class, "relu"),
        settings.integer("top_k", 50),
        settings.root().path("jump_relu_threshold").isNumber()
            ? OptionalDouble.of(settings.number("jump_relu_threshold"))
            : OptionalDouble.empty(),
        in,
        settings.text("hook_point_out", in),
        datasetNorms(settings),
        settings.flag("sparsity_include_decoder_norm", true),
        settings.flag("use_decoder_bias", true),
        kernelSize,
        type == Type.SAE ? 0 : settings.integer("padding", (kernelSize - 1) / 2));
  }

  private static boolean datasetNorms(JsonSettings settings) {
    return switch (settings.text("norm_activation", "dataset-wise")) {
      case "dataset-wise" -> true;
      case "inference", "none" -> false;
      default ->
          throw settings.wrong(
              "norm_activation",
              "dataset-wise, inference or none; others make a feature depend on the rest of the"
                  + " position or of the batch");
    };
  }

  /**
   * An autoencoder that reads one position at a time, norms folded in, as the other libraries have
   * it.
   *
   * @param topK how many features stay active; 1 where that does not matter
   */
  static DictionaryConfig autoencoder(
      int channels,
      Activation activation,
      int topK,
      OptionalDouble threshold,
      String hookPointIn,
      String hookPointOut,
      boolean decoderBias) {
    return new DictionaryConfig(
        Type.SAE,
        channels,
        activation,
        topK,
        threshold,
        hookPointIn,
        hookPointOut,
        false,
        false,
        decoderBias,
        1,
        0);
  }
}
