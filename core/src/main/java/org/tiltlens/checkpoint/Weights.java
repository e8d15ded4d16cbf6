package org.tiltlens.checkpoint;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/**
 * The weights of one network in memory: float32 or as its {@linkplain org.tiltlens.torch.Precision
 * precision} has them, on one device, never requiring a gradient, freed by {@link #close}.
 */
public final class Weights implements AutoCloseable {
  private final Map<String, Tensor> tensors;

  private Weights(Map<String, Tensor> tensors) {
    this.tensors = tensors;
  }

  /**
   * Loads the named tensors.
   *
   * @param expected our name -> shape of every tensor the network needs
   * @param storedName our name -> the checkpoint's name
   * @param ignorable the checkpoint's names for which being unexpected is fine, as regular
   *     expressions
   * @throws CheckpointException if tensors are missing, unexpected or mis-shaped; the message lists
   *     them
   */
  public static Weights load(
      TensorStore store,
      Map<String, List<Long>> expected,
      UnaryOperator<String> storedName,
      List<String> ignorable,
      Device device) {
    Fit.require(store, expected, storedName, ignorable);
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    try {
      for (String name : expected.keySet()) {
        try (Scope scope = Scope.open()) {
          Tensor stored = Tensors.float32(store.load(storedName.apply(name)));
          Tensor kept = device.precision().weight(name, stored);
          tensors.put(name, Scope.keepForever(device.place(kept)));
        }
      }
    } catch (RuntimeException | Error e) {
      tensors.values().forEach(Scope::release);
      throw e;
    }
    return new Weights(tensors);
  }

  /**
   * Refuses a checkpoint that {@link #load} would refuse, without loading anything.
   *
   * @throws CheckpointException as {@link #load}
   */
  public static void require(
      TensorStore store,
      Map<String, List<Long>> expected,
      UnaryOperator<String> storedName,
      List<String> ignorable) {
    Fit.require(store, expected, storedName, ignorable);
  }

  /** Tensors made elsewhere (tests, training); takes them over. */
  public static Weights of(Map<String, Tensor> tensors) {
    return new Weights(Map.copyOf(tensors));
  }

  /**
   * The same numbers in other shapes; takes these weights over.
   *
   * @param shapes our name -> shape, of as many elements, of every tensor
   */
  public Weights shaped(Map<String, List<Long>> shapes) {
    Map<String, Tensor> shaped = new LinkedHashMap<>();
    try (Scope scope = Scope.open()) {
      shapes.forEach(
          (name, shape) -> {
            long[] sizes = shape.stream().mapToLong(Long::longValue).toArray();
            shaped.put(name, Scope.keepForever(get(name).reshape(sizes)));
          });
    }
    close();
    return new Weights(shaped);
  }

  /** One tensor by our name; it stays one of these weights, which free it when they close. */
  public Tensor get(String name) {
    Tensor tensor = tensors.get(name);
    if (tensor == null) {
      throw new IllegalArgumentException("no weight named '" + name + "'");
    }
    return tensor;
  }

  /** A tensor that not every network of the kind has. */
  public Optional<Tensor> find(String name) {
    return Optional.ofNullable(tensors.get(name));
  }

  /** Number of parameters. */
  public long parameters() {
    return tensors.values().stream().mapToLong(Tensor::numel).sum();
  }

  @Override
  public void close() {
    tensors.values().forEach(Scope::release);
  }
}
