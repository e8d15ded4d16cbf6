package org.tiltlens.feature;

import static org.tiltlens.torch.Layers.relu;
import static org.tiltlens.torch.Tensors.logSumExp;
import static org.tiltlens.torch.Tensors.max;
import static org.tiltlens.torch.Tensors.mean;
import static org.tiltlens.torch.Tensors.scale;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import org.bytedeco.pytorch.Tensor;

/**
 * How an activation map becomes one number per image.
 *
 * <p>Source: the published settings of Zhou et al. 2026 (arXiv 2605.17504). Written {@code max},
 * {@code mean}, {@code mix:0.7} or {@code lse:0.2}.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
@JsonSubTypes({
  @JsonSubTypes.Type(value = SpatialReduction.Max.class, name = "max"),
  @JsonSubTypes.Type(value = SpatialReduction.Mean.class, name = "mean"),
  @JsonSubTypes.Type(value = SpatialReduction.Mix.class, name = "mix"),
  @JsonSubTypes.Type(value = SpatialReduction.LogSumExp.class, name = "lse"),
})
public sealed interface SpatialReduction {
  /** (N, h, w) -> (N); differentiable. A ramped parameter has the value it ends with. */
  Tensor of(Tensor map);

  /**
   * This reduction at a moment of a sampling run.
   *
   * @param progress share of the sampling steps already taken, in [0, 1]
   */
  default SpatialReduction at(double progress) {
    return this;
  }

  /** The largest value. */
  record Max() implements SpatialReduction {
    @Override
    public Tensor of(Tensor map) {
      return max(map, 1, 2);
    }

    @Override
    public String toString() {
      return "max";
    }
  }

  /** The mean of all values, negative ones included. */
  record Mean() implements SpatialReduction {
    @Override
    public Tensor of(Tensor map) {
      return mean(map, 1, 2);
    }

    @Override
    public String toString() {
      return "mean";
    }
  }

  /**
   * {@code alpha max(x) + (1 - alpha) mean(relu(x))}: the peak, and how much of the map joins in.
   *
   * @param alpha in [0, 1]; the published setting is 0.7
   */
  record Mix(Ramp alpha) implements SpatialReduction {
    public Mix {
      requireRange("mix alpha", alpha, 0, 1);
    }

    public Mix(double alpha) {
      this(Ramp.constant(alpha));
    }

    @Override
    public Tensor of(Tensor map) {
      double a = alpha.to();
      return scale(max(map, 1, 2), a).add(scale(mean(relu(map), 1, 2), 1 - a));
    }

    @Override
    public SpatialReduction at(double progress) {
      return new Mix(alpha.value(progress));
    }

    @Override
    public String toString() {
      return "mix:" + alpha;
    }
  }

  /**
   * {@code T log sum exp(relu(x) / T)}: a smooth maximum that lets gradients reach all positions.
   *
   * @param temperature T, above 0; towards 0 it becomes the maximum of relu(x)
   */
  record LogSumExp(Ramp temperature) implements SpatialReduction {
    public LogSumExp {
      requireRange("lse temperature", temperature, Double.MIN_NORMAL, Double.MAX_VALUE);
    }

    public LogSumExp(double temperature) {
      this(Ramp.constant(temperature));
    }

    @Override
    public Tensor of(Tensor map) {
      double t = temperature.to();
      return scale(logSumExp(scale(relu(map), 1 / t), 1, 2), t);
    }

    @Override
    public SpatialReduction at(double progress) {
      return new LogSumExp(temperature.value(progress));
    }

    @Override
    public String toString() {
      return "lse:" + temperature;
    }
  }

  private static void requireRange(String what, Ramp ramp, double low, double high) {
    if (!(Math.min(ramp.from(), ramp.to()) >= low && Math.max(ramp.from(), ramp.to()) <= high)) {
      throw new IllegalArgumentException(
          what + " " + ramp + (high > 1 ? ", must be above 0" : ", must be in [0, 1]"));
    }
  }

  /**
   * Reads a reduction with a constant parameter as it prints itself.
   *
   * @throws IllegalArgumentException if it is not understood or out of range
   */
  static SpatialReduction parse(String text) {
    int colon = text.indexOf(':');
    try {
      double parameter = colon < 0 ? Double.NaN : Double.parseDouble(text.substring(colon + 1));
      return switch (colon < 0 ? text : text.substring(0, colon + 1)) {
        case "max" -> new Max();
        case "mean" -> new Mean();
        case "mix:" -> new Mix(parameter);
        case "lse:" -> new LogSumExp(parameter);
        default -> throw notUnderstood(text);
      };
    } catch (NumberFormatException e) {
      throw notUnderstood(text);
    }
  }

  private static IllegalArgumentException notUnderstood(String text) {
    return new IllegalArgumentException(
        "reduction '"
            + text
            + "' is not understood: expected max, mean, mix:ALPHA or"
            + " lse:TEMPERATURE, such as mix:0.7");
  }
}
