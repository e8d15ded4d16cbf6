package org.tiltlens.checkpoint;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/** What the stores over one file share: looking names up and checking row ranges. */
abstract class FileStore implements TensorStore {
  private final String source;
  private final Map<String, TensorInfo> entries;
  private final Map<String, String> metadata;

  FileStore(String source, Map<String, TensorInfo> entries, Map<String, String> metadata) {
    this.source = source;
    this.entries = entries;
    this.metadata = metadata;
  }

  @Override
  public final String source() {
    return source;
  }

  @Override
  public final Map<String, TensorInfo> entries() {
    return entries;
  }

  @Override
  public final Map<String, String> metadata() {
    return metadata;
  }

  @Override
  public final Tensor load(String name) {
    TensorInfo info = info(name);
    return info.shape().isEmpty() ? read(info, 0, 1) : read(info, 0, info.shape().get(0));
  }

  @Override
  public final Tensor loadRows(String name, long from, long count) {
    TensorInfo info = info(name);
    long rows = info.shape().isEmpty() ? 0 : info.shape().get(0);
    if (from < 0 || count < 0 || from > rows - count) {
      throw new CheckpointException(
          "tensor '%s' of %s has no rows %d..%d, only 0..%d"
              .formatted(name, source, from, from + count - 1, rows - 1));
    }
    return read(info, from, count);
  }

  private TensorInfo info(String name) {
    TensorInfo info = entries.get(name);
    if (info == null) {
      throw new CheckpointException("there is no tensor '" + name + "' in " + source);
    }
    return info;
  }

  /** Reads rows of a tensor; for a scalar, {@code from = 0} and {@code count = 1}. */
  abstract Tensor read(TensorInfo info, long from, long count);

  /** The shape of {@code count} rows. */
  static List<Long> rows(TensorInfo info, long count) {
    List<Long> shape = new ArrayList<>(info.shape());
    if (!shape.isEmpty()) {
      shape.set(0, count);
    }
    return shape;
  }
}
