package org.tiltlens.checkpoint;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A pickled object of a class that is no plain data: known by its name alone.
 *
 * <p>It stands for the class, for what calling the class would make, and for what that would make
 * of its state; none of this happens. The entries of a dictionary of an unknown class are kept,
 * since weights may be among them.
 */
final class Opaque {
  /** Tensors of kinds that are not read, and what to do: by the function that makes them. */
  private static final Map<String, String> TENSORS =
      Map.of(
          "torch._utils._rebuild_sparse_tensor",
          "a sparse tensor, not read: save its to_dense()",
          "torch._utils._rebuild_nested_tensor",
          "a nested tensor, not read: save its parts",
          "torch._utils._rebuild_qtensor",
          "a quantised tensor, not read: give the unquantised checkpoint");

  private final String name;
  private final Map<Object, Object> entries = new LinkedHashMap<>(0);

  Opaque(String name) {
    this.name = name;
  }

  /** The class's or function's full name in Python. */
  String name() {
    return name;
  }

  /** What was put into it by key. */
  Map<Object, Object> entries() {
    return entries;
  }

  /** The same class, called. */
  Opaque called() {
    return new Opaque(name);
  }

  /** For metadata and messages: {@code argparse.Namespace, not read}. */
  @Override
  public String toString() {
    return TENSORS.getOrDefault(name, name + ", not read");
  }
}
