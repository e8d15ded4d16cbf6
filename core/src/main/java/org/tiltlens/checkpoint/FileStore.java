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
    return readOrExplain(info, 0, info.shape().isEmpty() ? 1 : info.shape().get(0));
  }

  @Override
  public final Tensor loadRows(String name, long from, long count) {
    TensorInfo info = info(name);
    long rows = info.shape().isEmpty() ? 0 : info.shape().get(0);
    if (from < 0 || count < 0 || from > rows - count) {
      throw new CheckpointException(
          "%s: tensor '%s' has %d rows, so there are no %d rows from row %d on"
              .formatted(source, name, rows, count, from));
    }
    return readOrExplain(info, from, count);
  }

  private TensorInfo info(String name) {
    TensorInfo info = entries.get(name);
    if (info == null) {
      throw CheckpointException.noTensor(source, name, metadata.get(name));
    }
    return info;
  }

  private Tensor readOrExplain(TensorInfo info, long from, long count) {
    try {
      if (!info.dtype().isRead()) {
        throw new CheckpointException(
            "its element type is %s, expected an integer or a float of at least 8 bits: convert it"
                    .formatted(info.dtype())
                + " in Python with .float()");
      }
      return read(info, from, count);
    } catch (CheckpointException e) {
      throw e.in(source + ": tensor '" + info.name() + "'");
    }
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
