package org.tiltlens.feature;

import java.util.HashMap;
import java.util.Map;
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

  /** One feature's weights. */
  Weights of(int feature) {
    return single.computeIfAbsent(feature, index -> load(index, 1));
  }

  /** Every feature's weights. */
  synchronized Weights all() {
    if (all == null) {
      all = load(0, features());
    }
    return all;
  }

  private Weights load(long from, long count) {
    try (Scope scope = Scope.open()) {
      Map<String, Tensor> tensors = new HashMap<>(format.load(from, count));
      tensors.replaceAll((name, tensor) -> device.place(tensor));
      tensors.values().forEach(Scope::keepForever);
      return Weights.of(tensors);
    }
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
