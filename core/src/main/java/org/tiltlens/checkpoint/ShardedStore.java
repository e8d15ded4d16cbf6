package org.tiltlens.checkpoint;

import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import org.bytedeco.pytorch.Tensor;

/** A checkpoint spread over several files, with an index that says which tensor is where. */
final class ShardedStore implements TensorStore {
  private final String source;
  private final Map<String, TensorStore> home;
  private final Map<String, TensorStore> shards;
  private final Map<String, TensorInfo> entries = new LinkedHashMap<>();
  private final Map<String, String> metadata = new LinkedHashMap<>();

  /** Opens all shards that the index names; on failure none stays open. */
  static ShardedStore open(Path index, Function<Path, TensorStore> opener) {
    Map<String, String> places = ShardIndex.read(index);
    Map<String, TensorStore> shards = new LinkedHashMap<>();
    try {
      for (String shard : places.values()) {
        if (!shards.containsKey(shard)) {
          shards.put(shard, opener.apply(index.resolveSibling(shard)));
        }
      }
      return new ShardedStore(index, places, shards);
    } catch (RuntimeException e) {
      shards.values().forEach(TensorStore::close);
      throw e;
    }
  }

  private ShardedStore(Path index, Map<String, String> places, Map<String, TensorStore> shards) {
    this.source = index.toString();
    this.shards = shards;
    this.home = new LinkedHashMap<>();
    places.forEach(
        (name, shard) -> {
          TensorInfo info = shards.get(shard).entries().get(name);
          if (info == null) {
            throw new CheckpointException(
                "'%s' says tensor '%s' is in '%s', but it is not".formatted(index, name, shard));
          }
          entries.put(name, info);
          home.put(name, shards.get(shard));
        });
    shards.values().forEach(this::addWhatTheIndexLeavesOut);
    shards.values().forEach(shard -> metadata.putAll(shard.metadata()));
  }

  /** An index is made once, and shards may be written again with more. */
  private void addWhatTheIndexLeavesOut(TensorStore shard) {
    shard
        .entries()
        .forEach(
            (name, info) -> {
              if (home.putIfAbsent(name, shard) == null) {
                entries.put(name, info);
              } else if (home.get(name) != shard) {
                throw new CheckpointException(
                    "tensor '%s' is in two of the shards of '%s', in '%s' and in '%s'"
                        .formatted(name, source, home.get(name).source(), shard.source()));
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
    return Collections.unmodifiableMap(metadata);
  }

  @Override
  public Tensor load(String name) {
    return shard(name).load(name);
  }

  @Override
  public Tensor loadRows(String name, long from, long count) {
    return shard(name).loadRows(name, from, count);
  }

  private TensorStore shard(String name) {
    TensorStore shard = home.get(name);
    if (shard == null) {
      throw CheckpointException.noTensor(source, name, metadata().get(name));
    }
    return shard;
  }

  @Override
  public void close() {
    shards.values().forEach(TensorStore::close);
  }
}
