package org.tiltlens.diffusion;

import java.util.Locale;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.torch.Tensors;

/**
 * What a network was trained to tell of noisy images; each is a linear map of the others.
 *
 * <pre>
 * x_t = sqrt(abar_t) x_0 + sqrt(1 - abar_t) epsilon
 * v   = sqrt(abar_t) epsilon - sqrt(1 - abar_t) x_0
 * </pre>
 *
 * <p>Ho et al. 2020 (epsilon, x_0); Salimans and Ho 2022, arXiv 2202.00512, appendix D (v).
 */
public enum Predicts {
  /** The noise. */
  EPSILON,
  /** The velocity. */
  V,
  /** The clean image. */
  X0;

  /** The word for it. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * By the word for it: {@code epsilon}, {@code v} or {@code x0}.
   *
   * @throws IllegalArgumentException if it is another
   */
  public static Predicts parse(String word) {
    return switch (word) {
      case "epsilon" -> EPSILON;
      case "v" -> V;
      case "x0" -> X0;
      default ->
          throw new IllegalArgumentException(
              "prediction '" + word + "': expected epsilon, v or x0");
    };
  }

  /** The clean image that an output says at {@code xt}. */
  Tensor x0(NoiseSchedule schedule, Tensor xt, Tensor output, int t) {
    return switch (this) {
      case EPSILON -> schedule.x0(xt, output, t);
      case V -> {
        double abar = schedule.alphaCumprod(t);
        yield Tensors.scale(xt, Math.sqrt(abar)).sub(Tensors.scale(output, Math.sqrt(1 - abar)));
      }
      case X0 -> output;
    };
  }
}
