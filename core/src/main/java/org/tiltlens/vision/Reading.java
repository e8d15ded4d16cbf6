package org.tiltlens.vision;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.torch.Scope;

/** What one pass through a network is to read: the hook points still to come and those read. */
final class Reading {
  private final Set<HookPoint> missing;
  private final Map<HookPoint, Tensor> found = new HashMap<>();

  Reading(Set<HookPoint> wanted) {
    missing = new HashSet<>(wanted);
  }

  /** Whether nothing is left to compute. */
  boolean isDone() {
    return missing.isEmpty();
  }

  /** Reads {@code here}, for whoever owns {@code scope}'s enclosing one, if it is wanted. */
  void at(HookPoint here, Supplier<Tensor> value, Scope scope) {
    if (missing.remove(here)) {
      found.put(here, scope.keep(value.get()));
    }
  }

  /** The activations read so far. */
  Map<HookPoint, Tensor> found() {
    return found;
  }
}
