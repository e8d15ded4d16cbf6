package org.tiltlens.training;

import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;
import org.tiltlens.unet.AutoencoderKl;

/**
 * What an autoencoder of latents is trained on.
 *
 * <pre>
 * z = mean(x) + deviation(x) noise
 * L = mean |x - D(z)| + d(x, D(z)) + klWeight KL(N(mean, deviation^2) || N(0, 1)) / n
 * </pre>
 *
 * <p>with n numbers in an image and the KL of all numbers of its latent together. Rombach et al.
 * 2022, section 3.1 and appendix G, as its code weighs the terms (sums over an image there, which
 * is n times this), without the discriminator.
 *
 * @param perceptual d; empty: none
 */
record AutoencoderLoss(double klWeight, Optional<PerceptualLoss> perceptual) {
  /**
   * The loss of each image.
   *
   * @param images (N, 3, H, W) in [-1, 1]
   * @param noise standard normal, of the latents' shape
   * @return (N)
   */
  Tensor of(AutoencoderKl network, Tensor images, Tensor noise) {
    return Scope.of(
        () -> {
          AutoencoderKl.Posterior posterior = network.encode(images);
          Tensor z = posterior.mean().add(posterior.deviation().mul(noise));
          return of(images, network.decode(z), posterior);
        });
  }

  /** The same of reconstructions that are given. */
  Tensor of(Tensor images, Tensor reconstructions, AutoencoderKl.Posterior posterior) {
    return Scope.of(
        () -> {
          Tensor pixels = Tensors.mean(images.sub(reconstructions).abs(), 1, 2, 3);
          Tensor kl = Tensors.sum(posterior.divergence(), 1, 2, 3);
          double numbers = images.numel() / (double) images.size(0);
          Tensor loss = pixels.add(Tensors.scale(kl, klWeight / numbers));
          return perceptual.map(d -> loss.add(d.of(images, reconstructions))).orElse(loss);
        });
  }
}
