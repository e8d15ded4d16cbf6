package org.tiltlens.feature;

import java.util.List;
import java.util.Locale;
import org.tiltlens.checkpoint.JsonSettings;
import org.tiltlens.feature.DictionaryConfig.Activation;

/**
 * What a {@code cfg.json} of SAELens says, of versions 2 to 6; a missing key takes the default of
 * that library.
 *
 * @param json the keys; refused at once if they ask for what is not supported
 */
record SaeLensSettings(JsonSettings json) {
  private static final String READABLE =
      "standard, topk, batchtopk, matryoshka_batchtopk, jumprelu, transcoder, skip_transcoder,"
          + " jumprelu_transcoder or jumprelu_skip_transcoder";

  /** How activations are normalised before they are encoded. */
  enum Normalisation {
    NONE,
    /** Times one number, so that their norm is sqrt(d_in) on average. */
    EXPECTED_AVERAGE_ONLY_IN,
    /** Each position by its own mean and deviation: {@link Standardised}. */
    LAYER_NORM
  }

  SaeLensSettings {
    for (JsonSettings place : places(json)) {
      if (place.has("hook_head_index")) {
        throw place.wrong("hook_head_index", "null: a single attention head cannot be read");
      }
    }
    if (json.text("reshape_activations", "none").equals("hook_z")) {
      throw json.wrong(
          "reshape_activations", "none: the outputs of attention heads cannot be read");
    }
  }

  private String architecture() {
    return json.text("architecture", "standard");
  }

  boolean isTranscoder() {
    return architecture().endsWith("transcoder");
  }

  /** Whether the input is also mapped past the features, which these do not see. */
  boolean skips() {
    return architecture().endsWith("skip_transcoder");
  }

  /**
   * Which features stay active.
   *
   * @param hasThreshold whether the file holds thresholds: what batchtopk turns into after training
   */
  Activation activation(boolean hasThreshold) {
    Activation plain = plainActivation();
    return switch (architecture()) {
      case "standard", "transcoder", "skip_transcoder" -> plain;
      case "topk" -> Activation.TOPK;
      case "batchtopk", "matryoshka_batchtopk" ->
          hasThreshold ? Activation.JUMPRELU : Activation.BATCHTOPK;
      case "jumprelu", "jumprelu_transcoder", "jumprelu_skip_transcoder" -> Activation.JUMPRELU;
      case "gated" ->
          throw json.wrong(
              "architecture",
              READABLE + ": a gated encoder has two pre-activations per feature, not one");
      default ->
          throw json.wrong(
              "architecture", READABLE + ": only an encoder of one linear layer can be read");
    };
  }

  /** Before version 6, top-k was a standard architecture with another activation function. */
  private Activation plainActivation() {
    String key = json.has("activation_fn_str") ? "activation_fn_str" : "activation_fn";
    return switch (json.text(key, "relu").toLowerCase(Locale.ROOT)) {
      case "relu" -> Activation.RELU;
      case "topk" -> Activation.TOPK;
      default -> throw json.wrong(key, "relu or topk");
    };
  }

  /** How many features stay active. */
  int k() {
    JsonSettings former = json.inside("activation_fn_kwargs");
    return !json.has("k") && former.has("k") ? former.integer("k", null) : json.integer("k", null);
  }

  /** Whether the decoder's bias is taken from the input. */
  boolean centres() {
    return json.flag("apply_b_dec_to_input", true) && !isTranscoder();
  }

  /** Whether pre-activations count times the norm of their feature's decoder row. */
  boolean rescales() {
    return json.flag("rescale_acts_by_decoder_norm", false);
  }

  Normalisation normalisation() {
    String key = "normalize_activations";
    if (!json.has(key)) {
      return Normalisation.NONE;
    }
    // Before version 3 it was true or false.
    boolean former = json.root().get(key).isBoolean();
    String name =
        former
            ? (json.flag(key, false) ? "expected_average_only_in" : "none")
            : json.text(key, null);
    if (name.equals("none")) {
      return Normalisation.NONE;
    }
    boolean standardised = name.equals("layer_norm");
    if (isTranscoder() || !standardised && !name.equals("expected_average_only_in")) {
      throw json.wrong(
          key,
          isTranscoder()
              ? "none for a transcoder"
              : "none, layer_norm or expected_average_only_in; others scale each position by its"
                  + " own norm");
    }
    return standardised ? Normalisation.LAYER_NORM : Normalisation.EXPECTED_AVERAGE_ONLY_IN;
  }

  String hookPointIn() {
    return hook("hook_name", "hook_point");
  }

  String hookPointOut() {
    return isTranscoder() ? hook("hook_name_out", "hook_point_out") : hookPointIn();
  }

  private String hook(String name, String formerName) {
    for (JsonSettings place : places(json)) {
      for (String key : List.of(name, formerName)) {
        if (place.has(key)) {
          return place.text(key, null);
        }
      }
    }
    return DictionaryConfig.UNSTATED;
  }

  /** Version 6 has an object of its own for where a dictionary reads. */
  private static List<JsonSettings> places(JsonSettings json) {
    return List.of(json.inside("metadata"), json.inside("meta"), json);
  }
}
