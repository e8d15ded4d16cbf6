package org.tiltlens.torch;

import java.util.function.Supplier;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;

/**
 * A block of work whose temporary tensors are freed when it closes.
 *
 * <p>The Java heap cannot see native memory, so waiting for the garbage collector is not an option.
 * Every tensor made on this thread while a scope is open belongs to the innermost one. A tensor
 * that must outlive it is handed on with {@link #keep}: to the enclosing scope if there is one,
 * else to the caller, who frees it with {@link #release}.
 */
public final class Scope implements AutoCloseable {
  static {
    Engine.start();
  }

  private final PointerScope outer;
  private final PointerScope own;

  private Scope() {
    Engine.checkMemory();
    outer = PointerScope.getInnerScope();
    own = new PointerScope();
  }

  /** Opens a scope on the current thread; close it on the same thread, innermost first. */
  public static Scope open() {
    return new Scope();
  }

  /**
   * Runs {@code work}, frees its temporaries and hands its result to the enclosing scope (or to the
   * caller).
   */
  public static Tensor of(Supplier<Tensor> work) {
    try (Scope scope = open()) {
      return scope.keep(work.get());
    }
  }

  /** Lets {@code tensor} outlive this scope; returns it. */
  public Tensor keep(Tensor tensor) {
    if (outer == null) {
      return keepForever(tensor);
    }
    outer.attach(tensor);
    return tensor;
  }

  /** Lets {@code tensor} outlive every scope, until {@link #release}; returns it. */
  public static Tensor keepForever(Tensor tensor) {
    tensor.retainReference();
    return tensor;
  }

  /** Frees a tensor that {@link #keepForever} or an outermost {@link #keep} handed out. */
  public static void release(Tensor tensor) {
    tensor.releaseReference();
  }

  /** Frees one of this scope's tensors before the scope closes. */
  public void free(Tensor tensor) {
    own.detach(tensor);
  }

  @Override
  public void close() {
    own.close();
  }
}
