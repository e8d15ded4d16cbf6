package org.tiltlens.diffusion;

import org.bytedeco.pytorch.Tensor;

/**
 * Images as latents, and latents as images: what stands between a {@link LatentPrior} and pixels.
 */
public interface Autoencoder extends AutoCloseable {
  /**
   * The images of latents; differentiable.
   *
   * @param latents (N, c, h, w), as the prior has them
   * @return (N, C, H, W), about in [-1, 1]
   */
  Tensor decode(Tensor latents);

  /**
   * The latents of images, the mean where there is a distribution of them.
   *
   * @param images (N, C, H, W)
   */
  Tensor encode(Tensor images);

  /** (C, H, W) of the images of latents of a shape. */
  long[] imageShape(long... latents);

  @Override
  void close();
}
