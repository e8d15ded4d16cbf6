package org.tiltlens.vision;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.tiltlens.checkpoint.CheckpointException;

/**
 * What the tensors of a ViT do not tell.
 *
 * @param heads attention heads, if they are known; Meta's checkpoints tell them by their {@code
 *     rope_embed.periods}
 * @param epsilon of the layer norms, above 0
 * @param ropeBase base of the rotary embedding's periods, above 0, where the checkpoint has none
 */
public record VitSettings(OptionalInt heads, double epsilon, double ropeBase) {
  /** Those of all published DINOv3 ViTs. */
  public static final VitSettings DEFAULT = new VitSettings(OptionalInt.empty(), 1e-5, 100);

  public VitSettings {
    require("number of heads", heads.orElse(1));
    require("epsilon of the layer norms", epsilon);
    require("base of the rotary embedding", ropeBase);
  }

  private static void require(String what, double value) {
    if (!(value > 0 && Double.isFinite(value))) {
      throw new IllegalArgumentException(
          "the " + what + " is " + value + ", expected a number above 0");
    }
  }

  /**
   * Reads them off a checkpoint's {@code config.json}, or else the file's own metadata; what
   * neither says is as published.
   *
   * @param config Hugging Face's {@code config.json}: {@code num_attention_heads}, {@code
   *     layer_norm_eps}, {@code rope_theta}
   * @param metadata Meta's names of the same: {@code num_heads}, {@code norm_eps}
   * @throws CheckpointException if a value is unusable; one line
   */
  public static VitSettings of(Optional<String> config, Map<String, String> metadata) {
    try {
      return config.isPresent() ? ofConfig(config.get()) : ofMetadata(metadata);
    } catch (JsonProcessingException e) {
      throw new CheckpointException("config.json is not JSON: " + e.getOriginalMessage(), e);
    } catch (IllegalArgumentException e) {
      String where = config.isPresent() ? "config.json" : "the metadata";
      throw new CheckpointException(where + " does not fit a ViT: " + e.getMessage(), e);
    }
  }

  private static VitSettings ofConfig(String text) throws JsonProcessingException {
    // Python writes NaN and Infinity; such values are refused where they matter.
    JsonNode config =
        JsonMapper.builder()
            .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
            .build()
            .readTree(text);
    boolean gated = config.path("use_gated_mlp").asBoolean(false);
    String expected = gated ? "silu" : "gelu";
    String activation = config.path("hidden_act").asText(expected);
    if (!activation.equals(expected)) {
      throw new IllegalArgumentException(
          "hidden_act is '%s', expected '%s' for this MLP".formatted(activation, expected));
    }
    return new VitSettings(
        new VitSaid(config).heads(),
        config.path("layer_norm_eps").asDouble(DEFAULT.epsilon),
        config.path("rope_theta").asDouble(DEFAULT.ropeBase));
  }

  private static VitSettings ofMetadata(Map<String, String> metadata) {
    String heads = metadata.get("num_heads");
    String epsilon = metadata.get("norm_eps");
    return new VitSettings(
        heads == null ? DEFAULT.heads : OptionalInt.of(Integer.parseInt(heads)),
        epsilon == null ? DEFAULT.epsilon : Double.parseDouble(epsilon),
        DEFAULT.ropeBase);
  }
}
