package org.tiltlens.feature;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.tiltlens.checkpoint.JsonSettings;
import org.tiltlens.feature.DictionaryConfig.Activation;

/**
 * The format of ViT-Prisma: {@code config.json} and {@code weights.pt} with {@code W_enc} (C, K),
 * {@code b_enc}, {@code W_dec} (K, C), {@code b_dec}, or one {@code .pt} that holds both.
 *
 * <pre>
 *   pre  = (x - b_dec) W_enc + b_enc         x standardised with layer_norm, the default
 *   yhat = codes W_dec + b_dec               a transcoder: + b_dec_out
 * </pre>
 *
 * <p>The {@code W_skip} of a transcoder maps the input past the features and is not read.
 *
 * <p>Source: ViT-Prisma, {@code sae/sae.py}, {@code sae/config.py}, {@code
 * transcoders/transcoder.py}.
 */
final class PrismaFormat {
  /** What the settings are called inside a file of weights. */
  private static final List<String> OBJECTS = List.of("config", "cfg");

  private PrismaFormat() {}

  static boolean isIn(DictionarySource source) {
    return source.holds("W_enc") && settings(source).isPresent();
  }

  private static Optional<JsonSettings> settings(DictionarySource source) {
    if (source.settings("cfg.json").isPresent()) {
      return Optional.empty();
    }
    return source
        .settings("config.json")
        .filter(PrismaFormat::isPrisma)
        .or(
            () ->
                OBJECTS.stream()
                    .flatMap(object -> source.stored(object).stream())
                    .filter(PrismaFormat::isPrisma)
                    .findFirst());
  }

  private static boolean isPrisma(JsonSettings json) {
    return json.has("layer_subtype") || json.has("hook_point_layer");
  }

  /** Reads headers and settings; takes the source's store over. */
  static DictionaryFormat of(DictionarySource source) {
    JsonSettings json = settings(source).orElseThrow();
    requireFilters(json);
    DictionaryTensors tensors = new DictionaryTensors(source.store(), "W_enc");
    LinearTensors names = LinearTensors.ofMatrices().centredBy("b_dec");
    boolean transcoder = json.flag("is_transcoder", false);
    String in = hook(json, "hook_point_layer", "layer_subtype");
    Activation activation = activation(json);
    DictionaryConfig config =
        DictionaryFormat.autoencoder(
            json.source(),
            json.has("d_in") ? json.integer("d_in", null) : names.encoder().channels(tensors),
            activation,
            activation.competes()
                ? Optional.of(json.inside("activation_fn_kwargs").integer("k", null))
                : Optional.empty(),
            in,
            transcoder ? hook(json, "out_hook_point_layer", "layer_out_subtype") : in);
    return new LinearFormat(
        "ViT-Prisma",
        tensors,
        transcoder ? ofTranscoder(json, names) : names,
        config,
        isStandardised(json, transcoder));
  }

  private static LinearTensors ofTranscoder(JsonSettings json, LinearTensors names) {
    LinearTensors out = names.decodedWith("b_dec_out");
    return json.flag("transcoder_with_skip_connection", false) ? out.ignoring("W_skip") : out;
  }

  /** Fails if a feature is more than one filter. */
  private static void requireFilters(JsonSettings json) {
    String architecture = json.text("architecture", "standard");
    if (!architecture.equals("standard")) {
      throw json.wrong(
          "architecture",
          architecture.equals("gated")
              ? "standard: a gated encoder has two pre-activations per feature, not one; retrain as"
                  + " standard"
              : "standard, the only other one that ViT-Prisma computes being gated");
    }
    if (json.has("hook_point_head_index")) {
      throw json.wrong("hook_point_head_index", "null: a single attention head cannot be read");
    }
  }

  /** Whether it reads standardised activations; as the library has it, if the key is absent. */
  private static boolean isStandardised(JsonSettings json, boolean transcoder) {
    String key = "normalize_activations";
    String norm = json.text(key, json.isNull(key) ? "none" : "layer_norm");
    boolean standardised = norm.equals("layer_norm");
    if (norm.equals("constant_norm_rescale") || standardised && transcoder) {
      throw json.wrong(
          key,
          transcoder
              ? "none for a transcoder"
              : "none or layer_norm: others scale each position by its own norm; retrain with one"
                  + " of them");
    }
    return standardised;
  }

  private static Activation activation(JsonSettings json) {
    String key = "activation_fn_str";
    return switch (json.text(key, "relu").toLowerCase(Locale.ROOT)) {
      case "relu" -> Activation.RELU;
      case "topk" -> Activation.TOPK;
      default -> throw json.wrong(key, "relu or topk; retrain with one of them");
    };
  }

  /** Its hook points are named as here; one of the class token alone is read there. */
  private static String hook(JsonSettings json, String layer, String site) {
    if (!json.has(layer) || !json.has(site)) {
      return DictionaryConfig.UNSTATED;
    }
    String place = "blocks." + json.integer(layer, null) + "." + json.text(site, null);
    return json.flag("cls_token_only", false) ? place + "@cls" : place;
  }
}
