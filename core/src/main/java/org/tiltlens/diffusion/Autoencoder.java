package org.tiltlens.diffusion;

import org.bytedeco.pytorch.Tensor;
import org.tiltlens.torch.Autograd;
import org.tiltlens.torch.Scope;

/**
 * Images as latents, and latents as images: what stands between a {@link LatentPrior} and pixels.
 */
public interface Autoencoder extends AutoCloseable {
  /**
   * The images of latents; differentiable.
   *
   * @param latents (N, c, h, w), as the prior has them
   * @return (N, C, H, W), pictures in [-1, 1]
   */
  Tensor decode(Tensor latents);

  /**
   * The gradient with respect to latents of what has a gradient with respect to their images; in
   * less memory than through {@link #decode}, where an autoencoder knows how.
   *
   * @param latents (N, c, h, w)
   * @param gradient (N, C, H, W)
   */
  default Tensor decodeBack(Tensor latents, Tensor gradient) {
    return Scope.of(
        () -> {
          Tensor leaf = Autograd.leaf(latents);
          return Autograd.gradient(decode(leaf).mul(gradient).sum(), leaf);
        });
  }

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
