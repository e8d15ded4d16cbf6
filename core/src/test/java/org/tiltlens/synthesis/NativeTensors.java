package org.tiltlens.synthesis;

import java.lang.reflect.Field;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.bytedeco.pytorch.Tensor;

/** Finds every tensor that our objects hold, however deep. */
final class NativeTensors {
  private NativeTensors() {}

  /** Follows the fields of this project's classes, and collections and maps. */
  static List<Tensor> reachableFrom(Object root) {
    List<Tensor> tensors = new ArrayList<>();
    Set<Object> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    Deque<Object> next = new ArrayDeque<>(List.of(root));
    while (!next.isEmpty()) {
      Object object = next.pop();
      if (!seen.add(object)) {
        continue;
      }
      if (object instanceof Tensor tensor) {
        tensors.add(tensor);
      } else if (object instanceof Map<?, ?> map) {
        next.addAll(map.values());
      } else if (object instanceof Collection<?> collection) {
        next.addAll(collection);
      } else if (object.getClass().getName().startsWith("org.tiltlens.")) {
        fields(object).forEach(next::add);
      }
    }
    return tensors;
  }

  private static List<Object> fields(Object object) {
    List<Object> values = new ArrayList<>();
    for (Field field : object.getClass().getDeclaredFields()) {
      try {
        field.setAccessible(true);
        Object value = field.get(object);
        if (value != null) {
          values.add(value);
        }
      } catch (IllegalAccessException e) {
        throw new IllegalStateException("accessible a line ago", e);
      }
    }
    return values;
  }
}
