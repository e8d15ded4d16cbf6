package org.tiltlens.checkpoint;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Tensor;

/** Tensors of another store under names of their own. */
final class RenamedStore implements TensorStore {
  private final TensorStore whole;
  private final String source;
  private final UnaryOperator<String> name;
  private final Map<String, TensorInfo> entries = new LinkedHashMap<>();
  private final Map<String, String> stored = new LinkedHashMap<>();

  /**
   * @param source what messages call it
   * @param name the other store's name -> the name here, another one for each; null to leave a
   *     tensor out
   */
  RenamedStore(TensorStore whole, String source, UnaryOperator<String> name) {
    this.whole = whole;
    this.source = source;
    this.name = name;
    whole
        .entries()
        .forEach(
            (from, info) -> {
              String to = name.apply(from);
              if (to != null) {
                entries.put(to, new TensorInfo(to, info.dtype(), info.shape()));
                stored.put(to, from);
              }
            });
  }

  @Override
  public String source() {
    return source;
  }

  @Override
  public Map<String, TensorInfo> entries() {
    return Collections.unmodifiableMap(entries);
  }

  @Override
  public Map<String, String> metadata() {
    return whole.metadata();
  }

  @Override
  public Optional<String> otherwise(String here) {
    return whole.metadata().keySet().stream()
        .filter(there -> here.equals(name.apply(there)))
        .findFirst()
        .flatMap(whole::otherwise)
        .or(() -> whole.otherwise(here));
  }

  @Override
  public Tensor load(String name) {
    return whole.load(stored(name));
  }

  @Override
  public Tensor loadRows(String name, long from, long count) {
    return whole.loadRows(stored(name), from, count);
  }

  private String stored(String name) {
    String there = stored.get(name);
    if (there == null) {
      throw CheckpointException.noTensor(source, name, metadata().get(name));
    }
    return there;
  }

  @Override
  public void close() {
    whole.close();
  }
}
