package org.tiltlens.vision;

import java.util.List;
import java.util.function.UnaryOperator;
import org.tiltlens.checkpoint.TensorInfo;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.golden.MemoryStore;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/** The tensors of a checkpoint as another would hold them. */
final class Copies {
  private Copies() {}

  /**
   * The same tensors by other names.
   *
   * @param name the stored name -> the copy's; null to leave a tensor out
   */
  static MemoryStore renamed(TensorStore store, UnaryOperator<String> name) {
    return renamed(store, name, (other, shape) -> shape);
  }

  /** A tensor's shape, by the copy's name of it. */
  interface Shape {
    List<Long> of(String name, List<Long> shape);
  }

  /** The same tensors by other names and with ones in other places of their shapes. */
  static MemoryStore renamed(TensorStore store, UnaryOperator<String> name, Shape shape) {
    MemoryStore copy = new MemoryStore();
    for (TensorInfo info : store.entries().values()) {
      String other = name.apply(info.name());
      if (other != null) {
        try (Scope scope = Scope.open()) {
          float[] numbers = Tensors.toFloats(Tensors.float32(store.load(info.name())));
          copy.put(other, numbers, shape.of(other, info.shape()).toArray(Long[]::new));
        }
      }
    }
    return copy;
  }

  /** The shapes alone, by other names. */
  static MemoryStore empty(TensorStore store, UnaryOperator<String> name) {
    MemoryStore copy = new MemoryStore();
    for (TensorInfo info : store.entries().values()) {
      String other = name.apply(info.name());
      copy.entries().put(other, new TensorInfo(other, info.dtype(), info.shape()));
    }
    return copy;
  }
}
