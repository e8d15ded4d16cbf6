package org.tiltlens.checkpoint;

import java.util.Map;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;

/**
 * A checkpoint, opened but not loaded: named tensors in a file or folder.
 *
 * <p>Opening reads headers only. Loaded tensors are copies in the engine's memory, on the CPU, and
 * belong to the caller's {@code Scope}: float64 when stored as F64, float32 when stored as any
 * shorter floating-point type, int64 when stored as integers or booleans.
 */
public interface TensorStore extends AutoCloseable {
  /** The path, for messages. */
  String source();

  /** All tensors by name, in the file's order. */
  Map<String, TensorInfo> entries();

  /** Free text the file carries; empty if it carries none. */
  Map<String, String> metadata();

  /** What the file has under a name that is no tensor's; empty if nothing that is known. */
  default Optional<String> otherwise(String name) {
    return Optional.ofNullable(metadata().get(name));
  }

  /**
   * Loads one tensor whole.
   *
   * @throws CheckpointException if there is no such tensor or its bytes cannot be read
   */
  Tensor load(String name);

  /**
   * Loads rows {@code from .. from + count - 1} of the first dimension without reading the others.
   *
   * @throws CheckpointException if there is no such tensor or row
   */
  Tensor loadRows(String name, long from, long count);

  /**
   * The tensors whose names start with {@code prefix}, without it; the same file, so close either.
   *
   * @throws CheckpointException if there are none
   */
  default TensorStore under(String prefix) {
    if (prefix.isEmpty()) {
      return this;
    }
    TensorStore view =
        new RenamedStore(
            this,
            source() + " under '" + prefix + "'",
            name -> name.startsWith(prefix) ? name.substring(prefix.length()) : null);
    if (view.entries().isEmpty()) {
      throw new CheckpointException(source() + ": no tensor's name starts with '" + prefix + "'");
    }
    return view;
  }

  @Override
  void close();
}
