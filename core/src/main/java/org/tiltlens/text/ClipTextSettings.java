package org.tiltlens.text;

import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.checkpoint.JsonSettings;
import org.tiltlens.torch.Activation;

/**
 * What the tensors of CLIP's text encoder do not tell.
 *
 * @param heads of attention, which share the width
 * @param activation of the MLPs
 * @param epsilon of the layer norms
 */
public record ClipTextSettings(int heads, Activation activation, double epsilon) {
  private static final int HEAD_WIDTH = 64;
  private static final double EPSILON = 1e-5;

  public ClipTextSettings {
    if (heads < 1) {
      throw new IllegalArgumentException("heads of attention: " + heads + ", must be at least 1");
    }
    if (!(epsilon >= 0 && epsilon < Double.MAX_VALUE)) {
      throw new IllegalArgumentException(
          "epsilon of layer norms: " + epsilon + ", must be a non-negative finite value");
    }
  }

  /** OpenAI's, which Stable Diffusion 1 uses: heads of 64 channels, QuickGELU. */
  public static ClipTextSettings openAi(int width) {
    return new ClipTextSettings(Math.max(1, width / HEAD_WIDTH), Activation.QUICK_GELU, EPSILON);
  }

  /**
   * Those of a Hugging Face {@code config.json}, of a text encoder or of a whole CLIP.
   *
   * @throws CheckpointException if it does not say them
   */
  public static ClipTextSettings of(JsonSettings config) {
    JsonSettings text = tower(config);
    String word = text.text("hidden_act", "quick_gelu");
    try {
      return new ClipTextSettings(
          text.integer("num_attention_heads", null),
          Activation.of(word),
          text.has("layer_norm_eps") ? text.number("layer_norm_eps") : EPSILON);
    } catch (IllegalArgumentException e) {
      throw new CheckpointException(config.source() + ": " + e.getMessage(), e);
    }
  }

  /**
   * Refuses a {@code config.json} of fewer or more layers than the file has, of which others would
   * use as many as it says.
   *
   * @throws CheckpointException if it says another number
   */
  static void requireLayers(JsonSettings config, int layers) {
    JsonSettings text = tower(config);
    if (text.has("num_hidden_layers") && text.integer("num_hidden_layers", null) != layers) {
      throw text.wrong("num_hidden_layers", layers + ", as many as its file has");
    }
  }

  private static JsonSettings tower(JsonSettings config) {
    return config.has("text_config") ? config.inside("text_config") : config;
  }
}
