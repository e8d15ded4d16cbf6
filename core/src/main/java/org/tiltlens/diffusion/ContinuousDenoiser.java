package org.tiltlens.diffusion;

import org.bytedeco.pytorch.Tensor;

/**
 * A denoiser of any noise level: noisy images and the standard deviation of their noise -> the
 * clean images that are expected.
 *
 * <pre>
 * D(y, sigma) = E[x_0 | y],  y = x_0 + sigma epsilon
 * </pre>
 *
 * <p>Karras et al. 2022, arXiv 2206.00364, equation 2. As a {@link Denoiser} it takes {@code x_t =
 * y / sqrt(1 + sigma^2)} and predicts x_0.
 */
public interface ContinuousDenoiser extends Denoiser {
  /**
   * D; differentiable with respect to {@code noisy}.
   *
   * @param noisy (N, C, H, W), y
   * @param sigmas one per sample, above 0
   * @param labels as of {@link #forward}
   * @return (N, C, H, W)
   */
  Tensor clean(Tensor noisy, double[] sigmas, int[] labels);
}
