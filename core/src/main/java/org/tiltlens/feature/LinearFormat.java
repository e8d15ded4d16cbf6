package org.tiltlens.feature;

import java.util.HashMap;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/**
 * A dictionary with one linear layer before its activation function, of whichever library:
 *
 * <pre>
 *   pre  = W_enc (x - centre) + b_enc       centre 0 where the library takes nothing; x as it
 *                                           is, or standardised
 *   yhat = codes W_dec + b_dec
 * </pre>
 *
 * <p>The centre is folded into the encoder's bias: {@code b_enc - W_enc centre}.
 */
final class LinearFormat implements DictionaryFormat {
  private final Header header;
  private final LinearTensors names;
  private final boolean standardised;

  /** Checks the tensors against what is said of them; takes them over. */
  LinearFormat(
      String kind, DictionaryTensors tensors, LinearTensors names, DictionaryConfig config) {
    this(kind, tensors, names, config, false);
  }

  /** The same, which may read {@link Standardised} activations. */
  LinearFormat(
      String kind,
      DictionaryTensors tensors,
      LinearTensors names,
      DictionaryConfig config,
      boolean standardised) {
    long features = names.requireShapes(tensors, config.channels());
    this.header = new Header(kind, config, features, tensors);
    this.names = names;
    this.standardised = standardised;
  }

  @Override
  public Header header() {
    return header;
  }

  @Override
  public boolean isStandardised() {
    return standardised;
  }

  @Override
  public Map<String, Tensor> load(long from, long count) {
    DictionaryTensors tensors = header.tensors();
    Tensor encoder = names.encoder().load(tensors, from, count); // (n, C)
    Tensor bias = tensors.rows(names.encoderBias(), from, count);
    if (names.centre().isPresent()) {
      bias = bias.sub(encoder.matmul(tensors.whole(names.centre().get())));
    }
    Map<String, Tensor> loaded = new HashMap<>();
    loaded.put("encoder", DictionaryFormat.filters(encoder));
    loaded.put("encoder_bias", bias);
    loaded.put("decoder", names.decoder().load(tensors, from, count));
    loaded.put("decoder_bias", tensors.whole(names.decoderBias()));
    names
        .threshold()
        .map(name -> tensors.perFeature(name, header.features(), from, count))
        .ifPresent(thresholds -> loaded.put("threshold", thresholds.reshape(-1, 1, 1)));
    return loaded;
  }
}
