package org.tiltlens.training;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.torch.Tensors;

/**
 * All weights of a network in one flat tensor, so that an optimiser's step is a handful of
 * operations however many layers there are.
 *
 * <p>Matrices and filters come first, vectors (biases, norms, layer scales) after them: weight
 * decay concerns the first {@link #decayed} elements.
 */
final class WeightLayout {
  private final Map<String, Part> parts = new LinkedHashMap<>();
  private long size;
  private long decayed;

  private record Part(long offset, long length, List<Long> shape) {
    long[] sizes() {
      return shape.stream().mapToLong(Long::longValue).toArray();
    }
  }

  WeightLayout(Map<String, List<Long>> shapes) {
    shapes.entrySet().stream()
        .sorted(Comparator.comparing(entry -> entry.getValue().size() < 2))
        .forEach(entry -> append(entry.getKey(), entry.getValue()));
  }

  private void append(String name, List<Long> shape) {
    long length = shape.stream().reduce(1L, Math::multiplyExact);
    parts.put(name, new Part(size, length, shape));
    size = Math.addExact(size, length);
    if (shape.size() >= 2) {
      decayed = size;
    }
  }

  /** Number of weights. */
  long size() {
    return size;
  }

  /** How many of them, from the first on, belong to matrices and filters. */
  long decayed() {
    return decayed;
  }

  /** One flat tensor with a copy of each named tensor. */
  Tensor join(Function<String, Tensor> tensors) {
    return flatten(parts.keySet().stream().map(tensors).toList());
  }

  /** Joins tensors that come in the order of {@link #views}. */
  Tensor flatten(List<Tensor> tensors) {
    List<Tensor> flat = new ArrayList<>();
    for (Tensor tensor : tensors) {
      flat.add(tensor.reshape(-1));
    }
    return Tensors.cat(flat, 0);
  }

  /** The named tensors inside a flat one, sharing its memory. */
  Map<String, Tensor> views(Tensor flat) {
    Map<String, Tensor> views = new LinkedHashMap<>();
    parts.forEach(
        (name, part) ->
            views.put(name, flat.narrow(0, part.offset, part.length).view(part.sizes())));
    return views;
  }
}
