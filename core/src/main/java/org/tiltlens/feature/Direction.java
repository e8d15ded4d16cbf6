package org.tiltlens.feature;

import static org.tiltlens.torch.Tensors.sum;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.checkpoint.Checkpoints;
import org.tiltlens.checkpoint.TensorInfo;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/**
 * A direction in the space of channels, such as a linear probe or a concept vector.
 *
 * <pre>map(y, x) = sum_c vector(c) a(c, y, x)</pre>
 *
 * <p>The vector is used as it is stored, in float32: twice as long a vector is twice the score, and
 * wants half the beta. Its numbers are kept outside the engine and handed to it at each use, so
 * that a direction has nothing to close and follows the activations to their device.
 */
public final class Direction implements Unit {
  /** Far more channels than networks have. */
  private static final int MAX_CHANNELS = 1 << 20;

  private static final int LISTED = 8;

  private final String file;
  private final String name;
  private final float[] vector;

  private Direction(String file, String name, float[] vector) {
    this.file = file;
    this.name = name;
    this.vector = vector;
  }

  /**
   * Reads a vector.
   *
   * @param file a safetensors file, or another that {@link Checkpoints} reads
   * @param name of a tensor (C) in it: finite numbers, one per channel
   * @throws CheckpointException if the file cannot be read or holds no such vector
   */
  static Direction read(String file, String name) {
    try (Scope scope = Scope.open();
        TensorStore store = Checkpoints.open(Path.of(file))) {
      TensorInfo info = store.entries().get(name);
      if (info == null) {
        throw new CheckpointException(
            "'" + file + "' holds no '" + name + "': expected one of " + names(store));
      }
      List<Long> shape = info.shape();
      if (shape.size() != 1 || shape.get(0) < 1 || shape.get(0) > MAX_CHANNELS) {
        throw new CheckpointException(
            "'%s': '%s' has shape %s, expected a vector: [C], one number per channel"
                .formatted(file, name, shape));
      }
      return new Direction(file, name, requireFinite(store.load(name), file, name));
    }
  }

  private static String names(TensorStore store) {
    String first =
        store.entries().keySet().stream().limit(LISTED).collect(Collectors.joining(", "));
    return store.entries().size() > LISTED ? first + ", ..." : first;
  }

  private static float[] requireFinite(Tensor stored, String file, String name) {
    float[] values = Tensors.toFloats(Tensors.float32(stored));
    for (int channel = 0; channel < values.length; channel++) {
      if (!Float.isFinite(values[channel])) {
        throw new CheckpointException(
            "'%s': '%s' is %s at channel %d, expected finite numbers"
                .formatted(file, name, values[channel], channel));
      }
    }
    return values;
  }

  @Override
  public Tensor map(Tensor activations) {
    requireAmong(Math.toIntExact(activations.size(1)));
    return Scope.of(
        () -> {
          Tensor weights = Tensors.floats(vector, 1, vector.length, 1, 1).to(activations);
          return sum(activations.mul(weights), 1); // (N, C, h, w) -> (N, h, w)
        });
  }

  @Override
  public Unit requireAmong(int channels) {
    if (channels != vector.length) {
      throw new IllegalArgumentException(
          "direction '%s' has %d numbers, but the hook point has %d channels: expected one for each"
              .formatted(name, vector.length, channels));
    }
    return this;
  }

  @Override
  public String toString() {
    return "direction:" + file + "#" + name;
  }
}
