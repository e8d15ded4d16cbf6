package org.tiltlens.feature;

import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.torch.Tensors;

/**
 * The format of Language-Model-SAEs (OpenMOSS), which the transcoders of Zhou et al. 2026 use:
 * {@code config.json} as {@link DictionaryConfig} reads it, and {@code W_conv} (K, C, k, k) with
 * {@code b_conv} or {@code W_E} (C, K) with {@code b_E}, {@code W_D} (K, C), {@code b_D} (C).
 *
 * <p>Dataset norms {@code n_h = sqrt(C) / average norm at h} are folded in: {@code b_conv /= n_in},
 * {@code b_D /= n_out}, {@code W_D *= n_in / n_out}. As in the authors' code, jumprelu thresholds
 * are not folded.
 */
final class LanguageModelSaesFormat implements DictionaryFormat {
  private static final List<String> LOG_THRESHOLDS =
      List.of(
          "activation_function.log_jumprelu_threshold", "log_jumprelu_threshold", "log_threshold");
  private static final String NORM = "dataset_average_activation_norm.";

  private final DictionaryTensors tensors;
  private final DictionaryConfig config;
  private final long features;
  private final double normIn;
  private final double normOut;

  /** Reads headers and two numbers; takes {@code store} over. */
  LanguageModelSaesFormat(TensorStore store, DictionaryConfig config) {
    this.tensors = new DictionaryTensors(store, "W_D");
    this.config = config;
    features = tensors.size("W_D", 0, "[features, channels]");
    requireShapes();
    normIn = config.datasetNorms() ? norm(config.hookPointIn()) : 1;
    normOut = config.datasetNorms() ? norm(config.hookPointOut()) : 1;
  }

  static boolean isIn(DictionarySource source) {
    return source.holds("W_D")
        || source.settings("config.json").filter(config -> config.has("sae_type")).isPresent();
  }

  private void requireShapes() {
    long channels = config.channels();
    long kernel = config.kernelSize();
    tensors.requireShape("W_D", features, channels);
    if (config.type() == DictionaryConfig.Type.CNNSAE) {
      tensors.requireShape("W_conv", features, channels, kernel, kernel);
      tensors.requireShape("b_conv", features);
    } else {
      tensors.requireShape("W_E", channels, features);
      tensors.requireShape("b_E", features);
    }
    if (config.decoderBias()) {
      tensors.requireShape("b_D", channels);
    }
  }

  /** sqrt(C) / average norm of the activations at a hook point. */
  private double norm(String hookPoint) {
    return Math.sqrt(config.channels()) / tensors.positive(NORM + hookPoint);
  }

  @Override
  public Header header() {
    return new Header(config.type().name().toLowerCase(Locale.ROOT), config, features, tensors);
  }

  @Override
  public Map<String, Tensor> load(long from, long count) {
    Map<String, Tensor> loaded = new HashMap<>();
    if (config.type() == DictionaryConfig.Type.CNNSAE) {
      loaded.put("encoder", tensors.rows("W_conv", from, count));
      loaded.put("encoder_bias", Tensors.scale(tensors.rows("b_conv", from, count), 1 / normIn));
    } else {
      loaded.put("encoder", DictionaryFormat.filters(tensors.columns("W_E", from, count)));
      loaded.put("encoder_bias", Tensors.scale(tensors.rows("b_E", from, count), 1 / normIn));
    }
    loaded.put("decoder", Tensors.scale(tensors.rows("W_D", from, count), normIn / normOut));
    if (config.activation() == DictionaryConfig.Activation.JUMPRELU) {
      loaded.put("threshold", thresholds(from, count).reshape(-1, 1, 1));
    }
    if (config.decoderBias()) {
      loaded.put("decoder_bias", Tensors.scale(tensors.whole("b_D"), 1 / normOut));
    }
    return loaded;
  }

  /** The thresholds as stored: folding the dataset norms leaves them alone, as the authors do. */
  private Tensor thresholds(long from, long count) {
    for (String name : LOG_THRESHOLDS) {
      if (tensors.has(name)) {
        return tensors.perFeature(name, features, from, count).exp();
      }
    }
    if (tensors.has("threshold")) {
      return tensors.perFeature("threshold", features, from, count);
    }
    return Tensors.full(config.threshold().orElseThrow(this::noThreshold), count);
  }

  private CheckpointException noThreshold() {
    return tensors.wrong(
        "act_fn is jumprelu, but there is neither a threshold tensor ("
            + String.join(", ", LOG_THRESHOLDS)
            + " or threshold) nor a jump_relu_threshold in config.json");
  }
}
