package org.tiltlens.study;

import java.util.ArrayDeque;
import java.util.Deque;

/** Models that are closed together, the last opened first. */
final class OpenModels implements AutoCloseable {
  private final Deque<AutoCloseable> open = new ArrayDeque<>();

  /** Closes {@code model} with the others; returns it. */
  <T extends AutoCloseable> T with(T model) {
    open.push(model);
    return model;
  }

  @Override
  public void close() {
    for (AutoCloseable model : open) {
      try {
        model.close();
      } catch (Exception e) {
        throw new IllegalStateException("cannot close " + model, e);
      }
    }
  }
}
