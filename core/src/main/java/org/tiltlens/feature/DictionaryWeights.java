package org.tiltlens.feature;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.checkpoint.Checkpoints;
import org.tiltlens.checkpoint.TensorInfo;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.checkpoint.Weights;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/**
 * The tensors of a sparse dictionary, loaded feature by feature or all at once, dataset norms
 * folded in.
 *
 * <p>As {@link DictionaryNetwork} names them. Loaded at first use and kept until {@link #close};
 * threads may share it.
 */
final class DictionaryWeights implements AutoCloseable {
  private static final List<String> LOG_THRESHOLDS =
      List.of(
          "activation_function.log_jumprelu_threshold", "log_jumprelu_threshold", "log_threshold");
  private static final String NORM = "dataset_average_activation_norm.";

  private final TensorStore store;
  private final DictionaryConfig config;
  private final Device device;
  private final long features;
  private final double normIn;
  private final double normOut;
  private final Map<Integer, Weights> single = new ConcurrentHashMap<>();
  private Weights all;

  /** Reads headers and two numbers; takes {@code store} over. */
  DictionaryWeights(TensorStore store, DictionaryConfig config, Device device) {
    this.store = store.under(Checkpoints.prefixOf(store, "W_D"));
    this.config = config;
    this.device = device;
    List<Long> decoder = info("W_D").shape();
    if (decoder.size() != 2 || decoder.get(0) < 1) {
      throw new CheckpointException(
          store.source() + ": " + "W_D is " + decoder + ", expected [features, channels]");
    }
    features = decoder.get(0);
    requireShapes();
    normIn = config.datasetNorms() ? norm(config.hookPointIn()) : 1;
    normOut = config.datasetNorms() ? norm(config.hookPointOut()) : 1;
  }

  private TensorInfo info(String name) {
    TensorInfo info = store.entries().get(name);
    if (info == null) {
      throw new CheckpointException(store.source() + " holds no " + name);
    }
    return info;
  }

  private boolean has(String name) {
    return store.entries().containsKey(name);
  }

  private void requireShapes() {
    long channels = config.channels();
    long kernel = config.kernelSize();
    requireShape("W_D", features, channels);
    if (config.type() == DictionaryConfig.Type.CNNSAE) {
      requireShape("W_conv", features, channels, kernel, kernel);
      requireShape("b_conv", features);
    } else {
      requireShape("W_E", channels, features);
      requireShape("b_E", features);
    }
    if (config.decoderBias()) {
      requireShape("b_D", channels);
    }
    if (config.topK() > features && config.activation().competes()) {
      throw new CheckpointException(
          store.source()
              + ": top_k is "
              + config.topK()
              + ", but there are "
              + features
              + " features");
    }
  }

  private void requireShape(String name, Long... shape) {
    if (!info(name).shape().equals(List.of(shape))) {
      throw new CheckpointException(
          store.source()
              + ": "
              + name
              + " is "
              + info(name).shape()
              + ", but config.json asks for "
              + List.of(shape));
    }
  }

  /** sqrt(C) / average norm of the activations at a hook point. */
  private double norm(String hookPoint) {
    info(NORM + hookPoint);
    try (Scope scope = Scope.open()) {
      double[] average = Tensors.toDoubles(store.load(NORM + hookPoint));
      if (average.length != 1 || !(average[0] > 0) || Double.isInfinite(average[0])) {
        throw new CheckpointException(
            store.source() + ": " + NORM + hookPoint + " must be one positive finite number");
      }
      return Math.sqrt(config.channels()) / average[0];
    }
  }

  long features() {
    return features;
  }

  String source() {
    return store.source();
  }

  /** One feature's weights. */
  Weights of(int feature) {
    return single.computeIfAbsent(feature, index -> load(index, 1));
  }

  /** Every feature's weights. */
  synchronized Weights all() {
    if (all == null) {
      all = load(0, features);
    }
    return all;
  }

  private Weights load(long from, long count) {
    Map<String, Tensor> tensors = new HashMap<>();
    try (Scope scope = Scope.open()) {
      if (config.type() == DictionaryConfig.Type.CNNSAE) {
        tensors.put("encoder", rows("W_conv", from, count));
        tensors.put("encoder_bias", Tensors.scale(rows("b_conv", from, count), 1 / normIn));
      } else {
        // Features are columns here: (C, n) -> (n, C, 1, 1), a 1 x 1 convolution.
        Tensor columns = store.load("W_E").narrow(1, from, count).t().contiguous();
        tensors.put("encoder", columns.reshape(count, config.channels(), 1, 1));
        tensors.put("encoder_bias", Tensors.scale(rows("b_E", from, count), 1 / normIn));
      }
      tensors.put("decoder", Tensors.scale(rows("W_D", from, count), normIn / normOut));
      if (config.activation() == DictionaryConfig.Activation.JUMPRELU) {
        tensors.put("threshold", thresholds(from, count).expand(count).reshape(-1, 1, 1));
      }
      if (config.decoderBias()) {
        tensors.put("decoder_bias", Tensors.scale(store.load("b_D"), 1 / normOut));
      }
      tensors.replaceAll((name, tensor) -> Scope.keepForever(device.place(tensor)));
      return Weights.of(tensors);
    }
  }

  private Tensor rows(String name, long from, long count) {
    return store.loadRows(name, from, count);
  }

  /** The thresholds as stored: folding the dataset norms leaves them alone, as the authors do. */
  private Tensor thresholds(long from, long count) {
    for (String name : LOG_THRESHOLDS) {
      if (has(name)) {
        return narrowed(name, from, count).exp();
      }
    }
    if (has("threshold")) {
      return narrowed("threshold", from, count);
    }
    return Tensors.full(
        config
            .threshold()
            .orElseThrow(
                () ->
                    new CheckpointException(
                        store.source()
                            + ": act_fn is jumprelu, but there is neither a threshold tensor ("
                            + String.join(", ", LOG_THRESHOLDS)
                            + " or threshold) nor a jump_relu_threshold in config.json")),
        1);
  }

  private Tensor narrowed(String name, long from, long count) {
    List<Long> shape = info(name).shape();
    if (shape.isEmpty() || shape.equals(List.of(1L))) {
      return store.load(name).reshape(1);
    }
    requireShape(name, features);
    return rows(name, from, count);
  }

  @Override
  public void close() {
    single.values().forEach(Weights::close);
    if (all != null) {
      all.close();
    }
    store.close();
  }
}
