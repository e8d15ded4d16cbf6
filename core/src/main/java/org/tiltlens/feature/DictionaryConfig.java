package org.tiltlens.feature;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.checkpoint.Checkpoints;

/**
 * What {@code config.json} says of a sparse dictionary.
 *
 * <p>The format is that of Language-Model-SAEs (OpenMOSS), which the transcoders of Zhou et al.
 * 2026 use. A missing key takes the default of that library, given below; {@code sae_type}, {@code
 * d_model} and {@code hook_point_in} have none.
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
    String source = folder.resolve("config.json").toString();
    JsonNode root =
        tree(folder)
            .orElseThrow(
                () -> new CheckpointException(source + " is missing: a dictionary needs it"));
    try {
      return new Reader(root, source).config();
    } catch (IllegalArgumentException e) {
      throw new CheckpointException(source + ": " + e.getMessage(), e);
    }
  }

  /** Whether a folder's {@code config.json} is a sparse dictionary's: it states a type. */
  static boolean isIn(Path folder) {
    return tree(folder).filter(root -> root.has("sae_type")).isPresent();
  }

  private static Optional<JsonNode> tree(Path folder) {
    try {
      Optional<String> text = Checkpoints.config(folder);
      JsonNode root = text.isEmpty() ? null : new ObjectMapper().readTree(text.get());
      return Optional.ofNullable(root);
    } catch (JsonProcessingException e) {
      throw new CheckpointException(
          folder.resolve("config.json") + " is not JSON: " + e.getOriginalMessage(), e);
    }
  }

  /** Reads one file's keys. */
  private record Reader(JsonNode root, String source) {
    DictionaryConfig config() {
      if (!root.isObject()) {
        throw new CheckpointException(source + " is not a JSON object");
      }
      refuse("use_glu_encoder", "gated (GLU) encoders are not supported");
      refuse("apply_decoder_bias_to_pre_encoder", "this is not supported");
      Type type = oneOf("sae_type", Type.class, null);
      String in = text("hook_point_in", null);
      int kernelSize = type == Type.SAE ? 1 : integer("kernel_size", 7);
      return new DictionaryConfig(
          type,
          integer("d_model", null),
          oneOf("act_fn", Activation.class, "relu"),
          integer("top_k", 50),
          root.path("jump_relu_threshold").isNumber()
              ? OptionalDouble.of(root.path("jump_relu_threshold").doubleValue())
              : OptionalDouble.empty(),
          in,
          text("hook_point_out", in),
          datasetNorms(),
          flag("sparsity_include_decoder_norm", true),
          flag("use_decoder_bias", true),
          kernelSize,
          type == Type.SAE ? 0 : integer("padding", (kernelSize - 1) / 2));
    }

    private boolean datasetNorms() {
      String mode = text("norm_activation", "dataset-wise");
      return switch (mode) {
        case "dataset-wise" -> true;
        case "inference", "none" -> false;
        default ->
            throw wrong(
                "norm_activation",
                "'" + mode + "'",
                "dataset-wise, inference or none; others make a feature depend on the rest of the"
                    + " position or of the batch");
      };
    }

    private void refuse(String key, String why) {
      if (flag(key, false)) {
        throw wrong(key, "true", "false: " + why);
      }
    }

    private boolean flag(String key, boolean otherwise) {
      JsonNode node = root.path(key);
      if (node.isMissingNode() || node.isNull()) {
        return otherwise;
      }
      if (!node.isBoolean()) {
        throw wrong(key, node.toString(), "true or false");
      }
      return node.booleanValue();
    }

    private int integer(String key, Integer otherwise) {
      JsonNode node = root.path(key);
      if ((node.isMissingNode() || node.isNull()) && otherwise != null) {
        return otherwise;
      }
      if (!node.isIntegralNumber() || !node.canConvertToInt()) {
        throw wrong(key, node.toString(), "a whole number");
      }
      return node.intValue();
    }

    private String text(String key, String otherwise) {
      JsonNode node = root.path(key);
      if ((node.isMissingNode() || node.isNull()) && otherwise != null) {
        return otherwise;
      }
      if (!node.isTextual()) {
        throw wrong(key, node.toString(), "a text");
      }
      return node.textValue();
    }

    private <E extends Enum<E>> E oneOf(String key, Class<E> values, String otherwise) {
      String text = text(key, otherwise);
      for (E value : values.getEnumConstants()) {
        if (value.name().equals(text.toUpperCase(Locale.ROOT))) {
          return value;
        }
      }
      String known = Arrays.toString(values.getEnumConstants()).toLowerCase(Locale.ROOT);
      throw wrong(key, "'" + text + "'", "one of " + known);
    }

    private CheckpointException wrong(String key, String value, String expected) {
      return new CheckpointException(
          source
              + ": "
              + key
              + " is "
              + (value.isEmpty() ? "missing" : value)
              + ", expected "
              + expected);
    }
  }
}
