package org.tiltlens.checkpoint;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A pickled object tree made flat: {@code {"model": {"w": tensor}, "epoch": 3}} becomes tensor
 * {@code model.w} and metadata {@code epoch = 3}.
 *
 * @param tensors by dotted name, in the file's order
 * @param metadata numbers, truth values and short texts by dotted name, and of everything else its
 *     class
 */
record StateDict(Map<String, StoredTensor> tensors, Map<String, String> metadata) {
  // A few bytes of pickle can describe a tree of any size, since parts may be shared.
  private static final int MAX_DEPTH = 16;
  private static final int MAX_NODES = 200_000;
  private static final int MAX_NAME = 1000;
  private static final int MAX_TEXT = 10_000;

  /** Stands for the names of all that lies under a key which is no name. */
  private static final String NAMELESS = "\0";

  static StateDict of(Object root) {
    if (root instanceof Opaque object && object.entries().isEmpty()) {
      throw wholeObject(object.name());
    }
    if (!(root instanceof Map
        || root instanceof List
        || root instanceof Object[]
        || root instanceof Opaque)) {
      throw new CheckpointException("holds a single value, not a state dict");
    }
    Flattening flattening = new Flattening();
    flattening.visit("", root, 0);
    flattening.requireWeights();
    return new StateDict(
        Collections.unmodifiableMap(flattening.tensors),
        Collections.unmodifiableMap(flattening.metadata));
  }

  /** A file that is an object of some code alone. */
  static CheckpointException wholeObject(String name) {
    return new CheckpointException(
        ("holds no weights beside a pickled '%s', which only its own code can read: in Python, save"
                + " its state_dict() with torch.save or safetensors")
            .formatted(name));
  }

  private static final class Flattening {
    private final Map<String, StoredTensor> tensors = new LinkedHashMap<>();
    private final Map<String, String> metadata = new LinkedHashMap<>();
    private String firstObject;
    private int nodes;

    void visit(String name, Object value, int depth) {
      if (++nodes > MAX_NODES || depth > MAX_DEPTH || name.length() > MAX_NAME) {
        throw new CheckpointException("its state dict is too deep or too large");
      }
      if (value instanceof StoredTensor tensor) {
        if (name.equals(NAMELESS)) {
          throw new CheckpointException(
              "holds a tensor whose key in a dictionary is neither a text nor a number");
        }
        if (tensors.put(name, tensor) != null) {
          throw new CheckpointException("it holds two tensors named '" + name + "'");
        }
      } else if (value instanceof Map<?, ?> map) {
        map.forEach((key, child) -> visit(join(name, key), child, depth + 1));
      } else if (value instanceof Opaque object) {
        firstObject = firstObject == null ? object.name() : firstObject;
        note(name, object.toString());
        object.entries().forEach((key, child) -> visit(join(name, key), child, depth + 1));
      } else if (value instanceof List<?> list) {
        for (int i = 0; i < list.size(); i++) {
          visit(join(name, i), list.get(i), depth + 1);
        }
      } else if (value instanceof Object[] tuple) {
        for (int i = 0; i < tuple.length; i++) {
          visit(join(name, i), tuple[i], depth + 1);
        }
      } else if (value instanceof Number || value instanceof Boolean || value instanceof String) {
        note(name, value.toString());
      }
    }

    private void note(String name, String text) {
      if (text.length() <= MAX_TEXT && !name.equals(NAMELESS)) {
        metadata.put(name, text);
      }
    }

    void requireWeights() {
      if (tensors.isEmpty() && firstObject != null) {
        throw wholeObject(firstObject);
      }
    }

    private static String join(String name, Object key) {
      if (!(key instanceof String || key instanceof Number || key instanceof Boolean)
          || name.equals(NAMELESS)) {
        return NAMELESS;
      }
      return name.isEmpty() ? key.toString() : name + "." + key;
    }
  }
}
