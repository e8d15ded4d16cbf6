package org.tiltlens.diffusion;

import static org.tiltlens.torch.Tensors.scale;

import java.util.Arrays;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.torch.NotFiniteException;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/**
 * EDM's deterministic sampler: Heun's method on the probability flow, from noise to an image.
 *
 * <pre>
 * d  = (y - D(y, sigma)) / sigma                       y' = y + (next - sigma) d
 * d' = (y' - D(y', next)) / next                       y  = y + (next - sigma) (d + d') / 2
 * </pre>
 *
 * <p>Karras et al. 2022, arXiv 2206.00364, algorithm 1, of second order; the step to 0 is Euler's.
 * 2 N - 1 evaluations of the network for N levels.
 *
 * @param network what to sample; stays the caller's
 * @param sigmas the noise levels
 */
public record HeunSampler(ContinuousDenoiser network, KarrasSigmas sigmas) {
  /**
   * Images from noise.
   *
   * @param noise (N, C, H, W), standard normal; the walk starts at its multiple by the highest
   *     level
   * @param labels as of {@link Denoiser#forward}
   * @return (N, C, H, W)
   * @throws NotFiniteException if the network gives NaN or infinity
   */
  public Tensor sample(Tensor noise, int[] labels) {
    double[] levels = sigmas.levels();
    try (Scope scope = Scope.open()) {
      Tensor y = scale(network.device().place(noise), levels[0]).clone();
      for (int i = 0; i < levels.length; i++) {
        try (Scope step = Scope.open()) {
          double next = i + 1 < levels.length ? levels[i + 1] : 0;
          y.copy_(step(y, levels[i], next, labels));
        }
      }
      return scope.keep(y);
    }
  }

  /** One step, from one noise level to a lower one or to 0. */
  Tensor step(Tensor y, double sigma, double next, int[] labels) {
    Tensor slope = slope(y, sigma, labels);
    Tensor euler = y.add(scale(slope, next - sigma));
    if (next == 0) {
      return euler;
    }
    Tensor there = slope(euler, next, labels);
    return y.add(scale(slope.add(there), (next - sigma) / 2));
  }

  /** dy / dsigma. */
  private Tensor slope(Tensor y, double sigma, int[] labels) {
    double[] each = new double[Math.toIntExact(y.size(0))];
    Arrays.fill(each, sigma);
    Tensor clean = network.clean(y, each, labels);
    if (!Tensors.allFinite(clean)) {
      throw NotFiniteException.of("the prior", y);
    }
    return scale(y.sub(clean), 1 / sigma);
  }
}
