package org.tiltlens.vision;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.checkpoint.Checkpoints;
import org.tiltlens.checkpoint.TensorInfo;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.checkpoint.Weights;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Layers;
import org.tiltlens.torch.Tensors;

/**
 * The linear head that makes a classifier of a {@link PooledModel}: {@code logits = W v + b} of an
 * image's vector v.
 *
 * <p>Immutable once open, so threads may share it.
 */
public final class ClassHead implements AutoCloseable {
  /** What the names of its tensors start with. */
  public static final String PREFIX = "head.";

  /** W in a checkpoint: (classes, C). */
  public static final String WEIGHT = PREFIX + "weight";

  /** b in a checkpoint: (classes). */
  public static final String BIAS = PREFIX + "bias";

  private static final long LARGEST = 1 << 16;

  private final Weights weights;
  private final String source;

  private ClassHead(Weights weights, String source) {
    this.weights = weights;
    this.source = source;
  }

  /**
   * Loads a head.
   *
   * @param path a file with {@value #WEIGHT} and {@value #BIAS} and nothing else
   * @throws CheckpointException if it holds no such head; one line
   */
  public static ClassHead open(Path path, Device device) {
    try (TensorStore store = Checkpoints.open(path)) {
      TensorInfo info = store.entries().get(WEIGHT);
      List<Long> shape = info == null ? List.of() : info.shape();
      if (shape.size() != 2 || shape.stream().anyMatch(side -> side < 1 || side > LARGEST)) {
        throw new CheckpointException(
            "%s holds no classifier's head: expected a tensor '%s' of classes x channels, it %s"
                .formatted(
                    store.source(), WEIGHT, info == null ? "has none" : "is of shape " + shape));
      }
      Map<String, List<Long>> needed = Map.of(WEIGHT, shape, BIAS, shape.subList(0, 1));
      return new ClassHead(
          Weights.load(store, needed, UnaryOperator.identity(), List.of(), device), store.source());
    }
  }

  /** Number of classes. */
  public int classes() {
    return Math.toIntExact(weights.get(WEIGHT).size(0));
  }

  /**
   * The classes' logits, of which the largest is the class.
   *
   * @param vectors (N, C) of a model's {@link PooledModel.Summed}
   * @return (N, classes)
   * @throws IllegalArgumentException if the head is for vectors of other lengths
   */
  public Tensor logits(Tensor vectors) {
    long channels = weights.get(WEIGHT).size(1);
    if (vectors.dim() != 2 || vectors.size(1) != channels) {
      throw new IllegalArgumentException(
          "%s classifies vectors of %d channels, not %s: expected the head of the same model"
              .formatted(source, channels, Tensors.describe(vectors)));
    }
    return Layers.linear(vectors, weights.get(WEIGHT), weights.get(BIAS));
  }

  @Override
  public void close() {
    weights.close();
  }
}
