package org.tiltlens.checkpoint;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/** The tensors of another store whose names start with a prefix, without it. */
final class PrefixedStore implements TensorStore {
  private final TensorStore whole;
  private final String prefix;
  private final Map<String, TensorInfo> entries;

  PrefixedStore(TensorStore whole, String prefix) {
    this.whole = whole;
    this.prefix = prefix;
    Map<String, TensorInfo> inside = new LinkedHashMap<>();
    whole
        .entries()
        .forEach(
            (name, info) -> {
              if (name.startsWith(prefix)) {
                String rest = name.substring(prefix.length());
                inside.put(rest, new TensorInfo(rest, info.dtype(), info.shape()));
              }
            });
    this.entries = Collections.unmodifiableMap(inside);
  }

  @Override
  public String source() {
    return whole.source() + " under '" + prefix + "'";
  }

  @Override
  public Map<String, TensorInfo> entries() {
    return entries;
  }

  @Override
  public Map<String, String> metadata() {
    return whole.metadata();
  }

  @Override
  public Tensor load(String name) {
    return whole.load(prefix + name);
  }

  @Override
  public Tensor loadRows(String name, long from, long count) {
    return whole.loadRows(prefix + name, from, count);
  }

  @Override
  public void close() {
    whole.close();
  }
}
