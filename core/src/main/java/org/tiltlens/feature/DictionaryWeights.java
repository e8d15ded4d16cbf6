package org.tiltlens.feature;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.checkpoint.Weights;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.NotFiniteException;
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
  private FeatureFaults faults;

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

  /**
   * One feature's weights.
   *
   * @throws NotFiniteException if it cannot be used
   */
  Weights of(int feature) {
    return single.computeIfAbsent(feature, this::loadOne);
  }

  /** Every feature's weights; those that cannot be used are NaN. */
  synchronized Weights all() {
    if (all == null) {
      all = loadAll();
    }
    return all;
  }

  /**
   * Every feature's weights, to look at one.
   *
   * @throws NotFiniteException if it cannot be used
   */
  synchronized Weights allFor(int feature) {
    Weights loaded = all();
    faults.refuse(feature, feature, format.source());
    return loaded;
  }

  private Weights loadOne(int feature) {
    try (Scope scope = Scope.open()) {
      Map<String, Tensor> tensors = format.load(feature, 1);
      FeatureFaults.of(format.header().config(), tensors).refuse(0, feature, format.source());
      return kept(tensors);
    }
  }

  private Weights loadAll() {
    try (Scope scope = Scope.open()) {
      Map<String, Tensor> tensors = format.load(0, features());
      faults = FeatureFaults.of(format.header().config(), tensors);
      return kept(faults.isEmpty() ? tensors : faults.marked(tensors));
    }
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
