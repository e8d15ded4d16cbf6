package org.tiltlens.torch;

import java.util.Locale;
import org.bytedeco.pytorch.Tensor;

/** Numbers became NaN or infinite: says whose, where, and what to lower or check. */
public final class NotFiniteException extends IllegalArgumentException {
  private static final long serialVersionUID = 1;

  /** Only guidance drives pixels here, and only from here on can sound weights overflow. */
  private static final double FAR = 1e6;

  public NotFiniteException(String message) {
    super(message);
  }

  private NotFiniteException(String message, NotFiniteException cause) {
    super(message, cause);
  }

  /**
   * A model whose numbers are not finite, and why that may be: its input or its weights.
   *
   * @param model who gave them, such as {@code the prior}
   * @param input the images it was given
   */
  public static NotFiniteException of(String model, Tensor input) {
    try (Scope scope = Scope.open()) {
      double farthest = input.detach().abs().max().item_double();
      // NaN is not within bounds either.
      return new NotFiniteException(
          farthest <= FAR
              ? model
                  + " gives numbers that are not finite: check its weights, which may have"
                  + " overflowed in half precision"
              : String.format(
                  Locale.ROOT,
                  "%s gives numbers that are not finite, for pixels of up to %.3g where -1 to 1"
                      + " is usual: lower `beta` or `scale`",
                  model,
                  farthest));
    }
  }

  /** The same where the reason is known. */
  public static NotFiniteException because(String model, String reason) {
    return new NotFiniteException(model + " gives numbers that are not finite: " + reason);
  }

  /** The same, with the place where it happened before it, such as {@code step t = 12}. */
  public NotFiniteException at(String place) {
    return new NotFiniteException(place + ": " + getMessage(), this);
  }
}
