package org.tiltlens.golden;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.checkpoint.DType;
import org.tiltlens.checkpoint.TensorInfo;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.torch.Noise;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/** A checkpoint in memory that remembers what was read from it. */
public final class MemoryStore implements TensorStore {
  private final Map<String, TensorInfo> entries = new LinkedHashMap<>();
  private final Map<String, float[]> values = new LinkedHashMap<>();
  private final Map<String, String> metadata = new LinkedHashMap<>();
  private final List<String> read = new ArrayList<>();
  private boolean closed;

  /** Adds a tensor. */
  public MemoryStore put(String name, float[] numbers, Long... shape) {
    entries.put(name, new TensorInfo(name, DType.F32, List.of(shape)));
    values.put(name, numbers);
    return this;
  }

  /** Adds small random numbers that {@code key} decides. */
  public MemoryStore putRandom(String name, String key, List<Long> shape) {
    try (Scope scope = Scope.open()) {
      long[] sizes = shape.stream().mapToLong(Long::longValue).toArray();
      Tensor noise = Tensors.scale(Noise.normal(key.hashCode(), 0, 0, sizes), 0.3);
      return put(name, Tensors.toFloats(noise), shape.toArray(Long[]::new));
    }
  }

  /** What was read, in order: names, and {@code name[from..to]} for rows. */
  public List<String> read() {
    return read;
  }

  public boolean isClosed() {
    return closed;
  }

  @Override
  public String source() {
    return "memory";
  }

  @Override
  public Map<String, TensorInfo> entries() {
    return entries;
  }

  /** Adds metadata. */
  public MemoryStore note(String name, String text) {
    metadata.put(name, text);
    return this;
  }

  @Override
  public Map<String, String> metadata() {
    return metadata;
  }

  @Override
  public Tensor load(String name) {
    read.add(name);
    return tensor(name);
  }

  @Override
  public Tensor loadRows(String name, long from, long count) {
    read.add(name + "[" + from + ".." + (from + count - 1) + "]");
    return tensor(name).narrow(0, from, count).contiguous();
  }

  private Tensor tensor(String name) {
    if (!values.containsKey(name)) {
      throw new CheckpointException("memory holds no " + name);
    }
    long[] shape = entries.get(name).shape().stream().mapToLong(Long::longValue).toArray();
    return Tensors.floats(Arrays.copyOf(values.get(name), values.get(name).length), shape);
  }

  @Override
  public void close() {
    closed = true;
  }
}
