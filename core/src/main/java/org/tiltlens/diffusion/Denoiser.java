package org.tiltlens.diffusion;

import org.bytedeco.pytorch.Tensor;
import org.tiltlens.torch.Device;

/**
 * A network that tells the noise in noisy images: the seam between a {@link DiffusionPrior} and its
 * architecture.
 *
 * <p>What {@code external.py} is to k-diffusion: whatever can say {@code epsilon(x_t, t)} becomes a
 * prior.
 */
public interface Denoiser extends AutoCloseable {
  /** A label: the image is of no class, and no class is told. */
  int NO_CLASS = -1;

  /**
   * Computes the network; differentiable with respect to {@code x}.
   *
   * @param x (N, C, H, W) noisy images
   * @param timesteps one per sample, on the scale the network was trained with; see {@link Told}
   * @param labels the class of each sample or {@link #NO_CLASS}; {@code null} if the network is not
   *     class-conditional
   * @return (N, C, H, W) the noise, or what else it {@linkplain Predicts predicts}; (N, 2 C, H, W)
   *     if it {@linkplain #learnsVariance learns its variance}, with where that lies between its
   *     bounds, in -1 .. 1, in the second half
   */
  Tensor forward(Tensor x, double[] timesteps, int[] labels);

  /** (C, H, W) of the images it was trained on. */
  long[] imageShape();

  /** Whether {@link #forward} tells the reverse variance too. */
  boolean learnsVariance();

  /** Number of classes it can be told; 0 if it is not class-conditional. */
  int classes();

  /** Where the network computes. */
  Device device();

  @Override
  void close();
}
