package org.tiltlens.vision;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.checkpoint.DType;
import org.tiltlens.checkpoint.TensorInfo;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.torch.Noise;
import org.tiltlens.torch.Tensors;

/** A checkpoint of small random weights in memory that remembers what was read from it. */
final class FakeStore implements TensorStore {
  final List<String> loaded = new ArrayList<>();
  private final Map<String, TensorInfo> entries = new LinkedHashMap<>();

  static FakeStore of(ConvNextConfig config, Predicate<String> kept) {
    FakeStore store = new FakeStore();
    ConvNextShapes.all(config)
        .forEach(
            (name, shape) -> {
              if (kept.test(name)) {
                store.entries.put(name, new TensorInfo(name, DType.F32, shape));
              }
            });
    return store;
  }

  /** The same network under a prefix, beside what is here already. */
  FakeStore with(String prefix, FakeStore other) {
    other.entries.forEach(
        (name, info) ->
            entries.put(prefix + name, new TensorInfo(prefix + name, info.dtype(), info.shape())));
    return this;
  }

  @Override
  public String source() {
    return "fake";
  }

  @Override
  public Map<String, TensorInfo> entries() {
    return entries;
  }

  @Override
  public Map<String, String> metadata() {
    return Map.of();
  }

  @Override
  public Tensor load(String name) {
    loaded.add(name);
    long[] shape = entries.get(name).shape().stream().mapToLong(Long::longValue).toArray();
    // The name without its prefix decides the numbers, so that copies are equal.
    String bare = name.replaceFirst("^.*?(?=downsample_|stages|norm\\.)", "");
    return Tensors.scale(Noise.normal(bare.hashCode(), 0, 0, shape), 0.3);
  }

  @Override
  public Tensor loadRows(String name, long from, long count) {
    return load(name).narrow(0, from, count);
  }

  @Override
  public void close() {
    // Nothing is open.
  }
}
