package org.tiltlens.models;

import java.util.ArrayDeque;
import java.util.Deque;

/** Models that are closed together, the last opened first. */
public final class OpenModels implements AutoCloseable {
  private final Deque<AutoCloseable> open = new ArrayDeque<>();

  /** Closes {@code model} with the others; returns it. */
  public <T extends AutoCloseable> T with(T model) {
    open.push(model);
    return model;
  }

  /** Closes all of them, also if one of them fails to. */
  @Override
  public void close() {
    IllegalStateException failure = null;
    while (!open.isEmpty()) {
      AutoCloseable model = open.pop();
      try {
        model.close();
      } catch (Exception e) {
        if (failure == null) {
          failure = new IllegalStateException("cannot close " + model, e);
        } else {
          failure.addSuppressed(e);
        }
      }
    }
    if (failure != null) {
      throw failure;
    }
  }
}
