package org.tiltlens.feature;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/**
 * A number that changes over a sampling run: held first, then moved from one value to another.
 *
 * <pre>
 *   u = max(0, (progress - hold) / (1 - hold))
 *   LINEAR: from + (to - from) u          EXPONENTIAL: from (to / from)^u
 * </pre>
 *
 * <p>Source: the published settings of Zhou et al. 2026 (arXiv 2605.17504), such as a guidance
 * scale of 1 -> 0.5, exponential, after holding for 20 % of the steps.
 *
 * @param from the value at progress 0
 * @param to the value at progress 1
 * @param hold share of the run, in [0, 1), during which the value stays at {@code from}
 * @param shape the course between them; exponential needs both values above 0
 */
public record Ramp(double from, double to, double hold, Shape shape) {
  /** The course of a ramp. */
  public enum Shape {
    LINEAR,
    EXPONENTIAL
  }

  public Ramp {
    if (!Double.isFinite(from) || !Double.isFinite(to)) {
      throw new IllegalArgumentException(
          "ramp from " + from + " to " + to + ": both must be finite");
    }
    if (!(hold >= 0 && hold < 1)) {
      throw new IllegalArgumentException("ramp holds " + hold + " of the run, must be in [0, 1)");
    }
    if (shape == Shape.EXPONENTIAL && !(from > 0 && to > 0)) {
      throw new IllegalArgumentException(
          "exponential ramp from " + from + " to " + to + ": both must be above 0");
    }
    if (from == to) {
      // Prints itself as one number, and is read from it as the same.
      to = from;
      hold = 0;
      shape = Shape.LINEAR;
    }
  }

  /** The same value all the time. */
  public static Ramp constant(double value) {
    return new Ramp(value, value, 0, Shape.LINEAR);
  }

  /**
   * The value at one moment.
   *
   * @param progress share of the sampling steps already taken, in [0, 1]
   */
  public double value(double progress) {
    if (!(progress >= 0 && progress <= 1)) {
      throw new IllegalArgumentException("progress " + progress + ", must be in [0, 1]");
    }
    double u = Math.max(0, (progress - hold) / (1 - hold));
    return shape == Shape.LINEAR ? from + (to - from) * u : from * Math.pow(to / from, u);
  }

  /** Whether the value never changes. */
  public boolean isConstant() {
    return from == to;
  }

  /**
   * Reads a ramp as it prints itself: {@code 0.7}, or {@code from:to:hold:shape} such as {@code
   * 1:0.5:0.2:exponential}.
   *
   * @throws IllegalArgumentException if it is not understood or out of range
   */
  @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
  public static Ramp parse(String text) {
    String[] parts = text.split(":", -1);
    try {
      if (parts.length == 1) {
        return constant(Double.parseDouble(parts[0]));
      }
      if (parts.length == 4) {
        return new Ramp(
            Double.parseDouble(parts[0]),
            Double.parseDouble(parts[1]),
            Double.parseDouble(parts[2]),
            shape(parts[3], text));
      }
    } catch (NumberFormatException e) {
      throw notUnderstood(text);
    }
    throw notUnderstood(text);
  }

  private static Shape shape(String name, String text) {
    for (Shape shape : Shape.values()) {
      if (shape.name().equalsIgnoreCase(name)) {
        return shape;
      }
    }
    throw notUnderstood(text);
  }

  private static IllegalArgumentException notUnderstood(String text) {
    return new IllegalArgumentException(
        "'"
            + text
            + "' is no number and no ramp FROM:TO:HOLD:linear|exponential, such as"
            + " 1:0.5:0.2:exponential");
  }

  @JsonValue
  @Override
  public String toString() {
    return isConstant()
        ? Double.toString(from)
        : from + ":" + to + ":" + hold + ":" + shape.name().toLowerCase(Locale.ROOT);
  }
}
