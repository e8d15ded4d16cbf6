package org.tiltlens.compare;

import java.io.IOException;
import org.tiltlens.study.SharedPool;

/** The pool of a comparison, opened when first asked for: all features start from one. */
final class ComparePool implements AutoCloseable {
  private final CompareContext context;
  private SharedPool pool;

  ComparePool(CompareContext context) {
    this.context = context;
  }

  /**
   * The pool, drawn if need be.
   *
   * @throws IllegalArgumentException if it is of another prior or other steps
   */
  SharedPool open() throws IOException {
    if (pool == null) {
      // Of whichever feature: a pool is of the prior and its steps.
      pool =
          SharedPool.of(
              context.exact(context.spec().features().get(0), context.spec().target()),
              context.execution(),
              context.shelf(),
              context.progress());
    }
    return pool;
  }

  @Override
  public void close() {
    if (pool != null) {
      pool.close();
    }
  }
}
