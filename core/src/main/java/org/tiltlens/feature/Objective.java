package org.tiltlens.feature;

import static org.tiltlens.torch.Layers.relu;
import static org.tiltlens.torch.Tensors.atMost;
import static org.tiltlens.torch.Tensors.plus;
import static org.tiltlens.torch.Tensors.scale;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/**
 * What guidance climbs: a function of each image's score.
 *
 * <p>Source: the published settings of Zhou et al. 2026 (arXiv 2605.17504), which cap the score per
 * feature; {@link Target} is ours.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
@JsonSubTypes({
  @JsonSubTypes.Type(value = Objective.Maximize.class, name = "max"),
  @JsonSubTypes.Type(value = Objective.Clip.class, name = "clip"),
  @JsonSubTypes.Type(value = Objective.Hinge.class, name = "hinge"),
  @JsonSubTypes.Type(value = Objective.Target.class, name = "target"),
})
public sealed interface Objective {
  /** (N) scores -> (N); differentiable, image by image. */
  Tensor of(Tensor scores);

  /** The objective of each score. */
  default double[] of(double... scores) {
    try (Scope scope = Scope.open()) {
      return Tensors.toDoubles(of(Tensors.doubles(scores, scores.length)));
    }
  }

  /** {@code s}: as strong as it gets. */
  record Maximize() implements Objective {
    @Override
    public Tensor of(Tensor scores) {
      return scores;
    }
  }

  /**
   * {@code min(s, cap)}: an image is left alone once it has reached the cap.
   *
   * @param cap finite
   */
  record Clip(@JsonProperty(required = true) double cap) implements Objective {
    public Clip {
      requireFinite("cap", cap);
    }

    @Override
    public Tensor of(Tensor scores) {
      return atMost(scores, cap);
    }
  }

  /**
   * {@code s - penalty relu(s - cap)^2}: an image is pulled back above the cap; the maximum is at
   * {@code cap + 1 / (2 penalty)}.
   *
   * @param cap finite
   * @param penalty above 0
   */
  record Hinge(
      @JsonProperty(required = true) double cap, @JsonProperty(required = true) double penalty)
      implements Objective {
    public Hinge {
      requireFinite("cap", cap);
      if (!(penalty > 0) || Double.isInfinite(penalty)) {
        throw new IllegalArgumentException("hinge penalty " + penalty + ", must be above 0");
      }
    }

    @Override
    public Tensor of(Tensor scores) {
      Tensor over = relu(plus(scores, -cap));
      return scores.sub(scale(over.mul(over), penalty));
    }
  }

  /**
   * {@code -(s - level)^2}: a certain activation rather than the highest.
   *
   * <p>Squared, so that the pull fades as the level is reached and {@code exp(beta .)} is a
   * Gaussian window around it; {@code -|s - level|} would pull as hard one step before the level as
   * far away, and overshoot it at every step.
   *
   * @param level finite
   */
  record Target(@JsonProperty(required = true) double level) implements Objective {
    public Target {
      requireFinite("level", level);
    }

    @Override
    public Tensor of(Tensor scores) {
      Tensor off = plus(scores, -level);
      return off.mul(off).neg();
    }
  }

  private static void requireFinite(String what, double value) {
    if (!Double.isFinite(value)) {
      throw new IllegalArgumentException(what + " " + value + ", must be finite");
    }
  }
}
