package org.tiltlens.feature;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.checkpoint.Weights;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Scope;

/**
 * The tensors of a sparse dictionary, loaded feature by feature or all at once.
 *
 * <p>As {@link DictionaryNetwork} names them. Loaded at first use and kept until {@link #close};
 * threads may share it.
 */
final class DictionaryWeights implements AutoCloseable {
  private final DictionaryFormat format;
  private final Device device;
  private final Map<Integer, Weights> single = new ConcurrentHashMap<>();
  private final Map<Integer, String> faults = new ConcurrentHashMap<>();
  private Weights all;

  /** Takes {@code format} over. */
  DictionaryWeights(DictionaryFormat format, Device device) {
    this.format = format;
    this.device = device;
    DictionaryConfig config = format.header().config();
    if (config.activation().competes() && config.topK() > format.header().features()) {
      throw new CheckpointException(
          format.source()
              + ": top_k is "
              + config.topK()
              + ", but there are "
              + format.header().features()
              + " features");
    }
  }

  long features() {
    return format.header().features();
  }

  /** One feature's weights; NaN if it cannot be used. */
  Weights of(int feature) {
    return single.computeIfAbsent(feature, index -> load(index, 1));
  }

  /** Every feature's weights; those that cannot be used are NaN. */
  synchronized Weights all() {
    if (all == null) {
      all = load(0, features());
    }
    return all;
  }

  /** Why a feature cannot be used, in one line; empty if it can. */
  Optional<String> fault(int feature) {
    of(feature);
    return Optional.ofNullable(faults.get(feature));
  }

  /** Rows of the decoder, (count, C), on the caller's scope; NaN for those that cannot be used. */
  Tensor decoder(int from, long count) {
    return device.place(marked(from, count).get("decoder"));
  }

  private Weights load(int from, long count) {
    try (Scope scope = Scope.open()) {
      return kept(marked(from, count));
    }
  }

  private Map<String, Tensor> marked(int from, long count) {
    Map<String, Tensor> tensors = format.load(from, count);
    FeatureFaults found = FeatureFaults.of(format.header().config(), tensors);
    found
        .byFeature()
        .forEach((i, what) -> faults.put(from + i, what + " in '" + format.source() + "'"));
    return found.byFeature().isEmpty() ? tensors : found.marked(tensors);
  }

  private Weights kept(Map<String, Tensor> loaded) {
    Map<String, Tensor> tensors = new HashMap<>(loaded);
    tensors.replaceAll((name, tensor) -> device.place(tensor));
    tensors.values().forEach(Scope::keepForever);
    return Weights.of(tensors);
  }

  @Override
  public void close() {
    single.values().forEach(Weights::close);
    if (all != null) {
      all.close();
    }
    format.close();
  }
}
