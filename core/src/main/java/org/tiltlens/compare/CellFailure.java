package org.tiltlens.compare;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import org.tiltlens.checkpoint.CheckpointException;

/** What may end one method on one feature while a comparison goes on with the others. */
final class CellFailure {
  /**
   * What settings, files and numbers that are no longer finite can cause; anything else is a bug of
   * ours, which a row of a table should not hide.
   */
  private static final List<Class<? extends Exception>> CAUSED_FROM_OUTSIDE =
      List.of(
          IllegalArgumentException.class,
          CheckpointException.class,
          IOException.class,
          UncheckedIOException.class);

  private CellFailure() {}

  /**
   * Why a cell has no images, one line.
   *
   * @throws RuntimeException the failure itself if it is a bug
   */
  static String reason(Exception failure) {
    if (CAUSED_FROM_OUTSIDE.stream().noneMatch(type -> type.isInstance(failure))
        && !isOfTheEngine(failure)) {
      throw failure instanceof RuntimeException bug ? bug : new IllegalStateException(failure);
    }
    Throwable cause = failure instanceof UncheckedIOException ? failure.getCause() : failure;
    String message = cause.getMessage();
    return message == null
        ? cause.toString()
        : message.lines().findFirst().orElse(cause.toString());
  }

  /** Errors of the engine, such as memory that is used up, come as the bare type; ours never do. */
  private static boolean isOfTheEngine(Exception failure) {
    return failure.getClass() == RuntimeException.class;
  }
}
