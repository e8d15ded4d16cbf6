package org.tiltlens.feature;

import java.util.Optional;
import org.tiltlens.feature.DictionaryConfig.Activation;

/**
 * The {@code params.npz} of Gemma Scope (Lieberum et al. 2024, arXiv 2408.05147), which comes
 * without settings: {@code W_enc} (C, K), {@code b_enc}, {@code W_dec} (K, C), {@code b_dec} and
 * {@code threshold} (K).
 *
 * <pre>
 *   codes = relu(pre) where pre &gt; threshold,  pre = x W_enc + b_enc
 * </pre>
 */
final class GemmaScopeFormat {
  private GemmaScopeFormat() {}

  static boolean isIn(DictionarySource source) {
    return "npz".equals(source.store().metadata().get("format"))
        && (source.holds("W_enc") || source.store().metadata().containsKey("W_enc"))
        && source.settings("cfg.json").isEmpty();
  }

  /** Reads headers; takes the source's store over. */
  static DictionaryFormat of(DictionarySource source) {
    DictionaryTensors tensors = new DictionaryTensors(source.store(), "W_enc");
    LinearTensors names = LinearTensors.ofMatrices().above("threshold");
    DictionaryConfig config =
        DictionaryFormat.autoencoder(
            tensors.source(),
            names.encoder().channels(tensors),
            Activation.JUMPRELU,
            Optional.empty(),
            DictionaryConfig.UNSTATED,
            DictionaryConfig.UNSTATED);
    return new LinearFormat("Gemma Scope", tensors, names, config);
  }
}
