package org.tiltlens.feature;

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.checkpoint.Checkpoints;
import org.tiltlens.checkpoint.TensorInfo;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/** The tensors of a dictionary's file as float32; what does not fit is named. */
final class DictionaryTensors {
  private static final int NAMED = 12;

  private final TensorStore store;

  /**
   * The tensors of the one dictionary in {@code store}, whatever stands before their names.
   *
   * @param marker the name of a tensor that every such dictionary has
   */
  DictionaryTensors(TensorStore store, String marker) {
    this.store = store.under(Checkpoints.prefixOf(store, marker));
  }

  String source() {
    return store.source();
  }

  boolean has(String name) {
    return store.entries().containsKey(name);
  }

  List<Long> shape(String name) {
    TensorInfo info = store.entries().get(name);
    if (info == null) {
      String there = store.metadata().get(name);
      throw wrong(
          there == null
              ? "holds no " + name + ", only " + names(store)
              : "its " + name + " is " + there);
    }
    return info.shape();
  }

  /** Both sizes of a tensor that must have two. */
  long size(String name, int dimension, String sizes) {
    List<Long> shape = shape(name);
    if (shape.size() != 2 || shape.contains(0L)) {
      throw wrong(name + " is " + shape + ", expected " + sizes);
    }
    return shape.get(dimension);
  }

  void requireShape(String name, Long... shape) {
    if (!shape(name).equals(List.of(shape))) {
      throw wrong(name + " is " + shape(name) + ", but the settings ask for " + List.of(shape));
    }
  }

  /** Fails if there is a tensor whose part in the dictionary is not known. */
  void requireOnly(Set<String> known) {
    List<String> unknown =
        store.entries().keySet().stream().filter(name -> !known.contains(name)).toList();
    if (!unknown.isEmpty()) {
      throw wrong(
          "holds "
              + unknown.stream().limit(NAMED).collect(Collectors.joining(", "))
              + ", whose part in a dictionary is not known here");
    }
  }

  Tensor whole(String name) {
    return Tensors.float32(store.load(name));
  }

  /** Rows {@code from .. from + count - 1}. */
  Tensor rows(String name, long from, long count) {
    return Tensors.float32(store.loadRows(name, from, count));
  }

  /** Columns {@code from .. from + count - 1} of a matrix (C, n), as rows: (count, C). */
  Tensor columns(String name, long from, long count) {
    return Tensors.float32(store.load(name).narrow(1, from, count)).t().contiguous();
  }

  /** Fails unless a tensor has one number per feature or a single one for all. */
  void requirePerFeature(String name, long features) {
    if (!isSingle(name)) {
      requireShape(name, features);
    }
  }

  private boolean isSingle(String name) {
    return shape(name).isEmpty() || shape(name).equals(List.of(1L));
  }

  /** One number per feature, where the file may hold a single one for all: (count). */
  Tensor perFeature(String name, long features, long from, long count) {
    requirePerFeature(name, features);
    return isSingle(name) ? whole(name).reshape(1).expand(count) : rows(name, from, count);
  }

  /** A tensor that must be one positive finite number. */
  double positive(String name) {
    shape(name);
    try (Scope scope = Scope.open()) {
      double[] values = Tensors.toDoubles(store.load(name));
      if (values.length != 1 || !(values[0] > 0) || Double.isInfinite(values[0])) {
        throw wrong(name + " must be one positive finite number");
      }
      return values[0];
    }
  }

  CheckpointException wrong(String what) {
    return new CheckpointException(source() + ": " + what);
  }

  /** Some of a file's tensors, for messages. */
  static String names(TensorStore store) {
    int count = store.entries().size();
    return store.entries().keySet().stream().limit(NAMED).collect(Collectors.joining(", "))
        + (count > NAMED ? ", ... (" + count + " in all)" : "");
  }

  void close() {
    store.close();
  }
}
