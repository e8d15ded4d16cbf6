package org.tiltlens.vision;

import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.torch.Scope;

/** What one pass through a network is to read: the hook points still to come and those read. */
final class Reading {
  private final Set<HookPoint> missing;
  private final boolean toTheEnd;
  private final Map<HookPoint, Tensor> found = new HashMap<>();

  private Reading(Collection<HookPoint> wanted, boolean toTheEnd) {
    missing = new HashSet<>(wanted);
    this.toTheEnd = toTheEnd;
  }

  /** A pass that ends at the last of what it is to read. */
  static Reading of(Collection<HookPoint> wanted) {
    return new Reading(wanted, false);
  }

  /** A pass through all of the network. */
  static Reading toTheEnd(Collection<HookPoint> wanted) {
    return new Reading(wanted, true);
  }

  /** Whether nothing is left to compute. */
  boolean isDone() {
    return !toTheEnd && missing.isEmpty();
  }

  /** Reads {@code here}, for whoever owns {@code scope}'s enclosing one, if it is wanted. */
  void at(HookPoint here, Supplier<Tensor> value, Scope scope) {
    if (missing.remove(here)) {
      found.put(here, scope.keep(value.get()));
    }
  }

  /** The activations read, all of those that were wanted, in the order of {@code at}. */
  List<Tensor> found(List<HookPoint> at) {
    return at.stream().map(found::get).toList();
  }
}
