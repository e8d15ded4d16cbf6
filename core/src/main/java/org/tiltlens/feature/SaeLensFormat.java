package org.tiltlens.feature;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.checkpoint.JsonSettings;
import org.tiltlens.feature.DictionaryConfig.Activation;
import org.tiltlens.feature.SaeLensSettings.Normalisation;
import org.tiltlens.torch.Tensors;

/**
 * The format of SAELens: {@code cfg.json} and {@code sae_weights.safetensors} with {@code W_enc}
 * (C, K), {@code b_enc} (K), {@code W_dec} (K, C), {@code b_dec} (C).
 *
 * <pre>
 *   pre  = (s x - b_dec) W_enc + b_enc      b_dec only with apply_b_dec_to_input, the default;
 *                                           x standardised with layer_norm
 *   yhat = (codes W_dec + b_dec) / s        s = 1, or the scaling_factor in activation_scaler.json
 * </pre>
 *
 * <p>All of it is folded into one encoder and one decoder, as the library's own folding does:
 * {@code s W_enc}, {@code b_enc - b_dec W_enc}, {@code W_dec / s}, {@code b_dec / s}. With {@code
 * rescale_acts_by_decoder_norm} pre-activations are multiplied by {@code |W_dec|_row}, and codes
 * are divided by it before they are decoded. The {@code W_skip} of a skip transcoder, which maps
 * the input past the features, is not read. A {@code finetuning_scaling_factor} (K; {@code
 * scaling_factor} in older files) multiplies codes before they are decoded.
 *
 * <p>Source: SAELens, {@code sae_lens/saes} of version 6 and {@code sae_lens/sae.py} of versions 2
 * to 5.
 */
final class SaeLensFormat implements DictionaryFormat {
  private static final String SETTINGS = "cfg.json";
  private static final String SCALER = "activation_scaler.json";
  private static final List<String> THRESHOLDS =
      List.of("threshold", "log_threshold", "topk_threshold");
  private static final List<String> FACTORS =
      List.of("finetuning_scaling_factor", "scaling_factor");
  private static final Set<String> KNOWN =
      Set.of(
          "W_enc",
          "b_enc",
          "W_dec",
          "b_dec",
          "threshold",
          "log_threshold",
          "topk_threshold",
          "finetuning_scaling_factor",
          "scaling_factor");
  private static final Set<String> KNOWN_OF_SKIP =
      Stream.concat(KNOWN.stream(), Stream.of("W_skip")).collect(Collectors.toUnmodifiableSet());

  private final DictionaryTensors tensors;
  private final DictionaryConfig config;
  private final Optional<String> threshold;
  private final long features;
  private final boolean centred;
  private final boolean rescaled;
  private final Normalisation normalisation;
  private final double scale;

  /** Reads headers and settings; takes the source's store over. */
  SaeLensFormat(DictionarySource source) {
    JsonSettings json =
        source
            .settings(SETTINGS)
            .orElseThrow(
                () ->
                    new CheckpointException(
                        source.folder().resolve(SETTINGS)
                            + " is missing: a SAELens dictionary needs it; one of ViT-Prisma or"
                            + " dictionary_learning needs its config.json"));
    SaeLensSettings settings = new SaeLensSettings(json);
    tensors = new DictionaryTensors(source.store(), "W_enc");
    features = tensors.size("W_enc", 1, "[d_in, d_sae]");
    threshold = THRESHOLDS.stream().filter(tensors::has).findFirst();
    config = config(settings);
    requireShapes(json, settings.skips());
    centred = settings.centres();
    rescaled = settings.rescales();
    normalisation = settings.normalisation();
    scale = normalisation == Normalisation.EXPECTED_AVERAGE_ONLY_IN ? storedScale(source) : 1;
  }

  static boolean isIn(DictionarySource source) {
    return source.holds("W_enc")
        || source.settings(SETTINGS).filter(json -> json.has("d_sae")).isPresent();
  }

  private DictionaryConfig config(SaeLensSettings settings) {
    Activation activation = settings.activation(threshold.isPresent());
    if ((activation == Activation.JUMPRELU) != threshold.isPresent()) {
      throw tensors.wrong(
          threshold.isPresent()
              ? "holds " + threshold.get() + ", but its architecture has none"
              : "holds no threshold, which jumprelu needs");
    }
    try {
      return DictionaryConfig.autoencoder(
          Math.toIntExact(tensors.size("W_enc", 0, "[d_in, d_sae]")),
          activation,
          activation.competes() ? settings.k() : 1,
          OptionalDouble.empty(),
          settings.hookPointIn(),
          settings.hookPointOut(),
          true);
    } catch (IllegalArgumentException e) {
      throw new CheckpointException(settings.json().source() + ": " + e.getMessage(), e);
    }
  }

  private void requireShapes(JsonSettings json, boolean skips) {
    tensors.requireOnly(skips ? KNOWN_OF_SKIP : KNOWN);
    long channels = json.has("d_in") ? json.integer("d_in", null) : config.channels();
    long count = json.has("d_sae") ? json.integer("d_sae", null) : features;
    tensors.requireShape("W_enc", channels, count);
    tensors.requireShape("b_enc", count);
    tensors.requireShape("W_dec", count, channels);
    tensors.requireShape("b_dec", channels);
    threshold.ifPresent(name -> tensors.requirePerFeature(name, count));
    for (String factor : FACTORS) {
      if (tensors.has(factor)) {
        tensors.requireShape(factor, count);
      }
    }
  }

  private static double storedScale(DictionarySource source) {
    String key = "scaling_factor";
    JsonSettings scaler =
        source
            .settings(SCALER)
            .orElseThrow(
                () ->
                    new CheckpointException(
                        source.folder().resolve(SETTINGS)
                            + ": normalize_activations is expected_average_only_in, which needs the"
                            + " scaling factor of the run: put "
                            + SCALER
                            + ", {\"scaling_factor\": ...}, beside it"));
    double factor = scaler.number(key);
    if (!(factor > 0) || Double.isInfinite(factor)) {
      throw scaler.wrong(key, "a positive finite number");
    }
    return factor;
  }

  @Override
  public Header header() {
    return new Header("SAELens", config, features, tensors);
  }

  @Override
  public boolean isStandardised() {
    return normalisation == Normalisation.LAYER_NORM;
  }

  @Override
  public Map<String, Tensor> load(long from, long count) {
    Tensor encoder = tensors.columns("W_enc", from, count); // (n, C)
    Tensor bias = tensors.rows("b_enc", from, count);
    Tensor decoder = tensors.rows("W_dec", from, count); // (n, C)
    Tensor decoderBias = tensors.whole("b_dec");
    if (centred) {
      bias = bias.sub(encoder.matmul(decoderBias));
    }
    if (rescaled) {
      Tensor norm = Tensors.sum(decoder.square(), 1).sqrt(); // (n)
      encoder = encoder.mul(norm.unsqueeze(1));
      bias = bias.mul(norm);
      // A row of norm 0 decodes to nothing, whatever it is divided by.
      decoder = decoder.div(Tensors.clamp(norm, Float.MIN_NORMAL, Float.MAX_VALUE).unsqueeze(1));
    }
    for (String factor : FACTORS) {
      if (tensors.has(factor)) {
        decoder = decoder.mul(tensors.rows(factor, from, count).unsqueeze(1));
      }
    }
    Map<String, Tensor> loaded = new HashMap<>();
    loaded.put("encoder", DictionaryFormat.filters(Tensors.scale(encoder, scale)));
    loaded.put("encoder_bias", bias);
    loaded.put("decoder", Tensors.scale(decoder, 1 / scale));
    loaded.put("decoder_bias", Tensors.scale(decoderBias, 1 / scale));
    threshold.ifPresent(name -> loaded.put("threshold", thresholds(name, from, count)));
    return loaded;
  }

  private Tensor thresholds(String name, long from, long count) {
    Tensor stored = tensors.perFeature(name, features, from, count).reshape(-1, 1, 1);
    return name.startsWith("log_") ? stored.exp() : stored;
  }
}
