package org.tiltlens.unet;

import static org.tiltlens.torch.Tensors.clamp;
import static org.tiltlens.torch.Tensors.plus;
import static org.tiltlens.torch.Tensors.scale;

import org.bytedeco.pytorch.Tensor;
import org.tiltlens.diffusion.Autoencoder;
import org.tiltlens.torch.Scope;

/**
 * An {@link AutoencoderKl} whose latents have about unit variance, as a diffusion model is trained
 * on them: {@code z = factor (mean - shift)}.
 *
 * <p>Rombach et al. 2022, appendix G; {@code scale_factor} of CompVis, {@code scaling_factor} and
 * {@code shift_factor} of diffusers.
 *
 * @param network taken over
 * @param factor not 0; 0.18215 of Stable Diffusion
 * @param shift 0 in most
 */
public record ScaledAutoencoder(AutoencoderKl network, double factor, double shift)
    implements Autoencoder {
  public ScaledAutoencoder {
    if (!(Math.abs(factor) > 0 && Double.isFinite(factor) && Double.isFinite(shift))) {
      throw new IllegalArgumentException(
          "latents scaled by %s after a shift by %s: both must be finite, the first not 0"
              .formatted(factor, shift));
    }
  }

  /** As they are shown, and so as scores are of them; beyond [-1, 1] the gradient is zero. */
  @Override
  public Tensor decode(Tensor latents) {
    return Scope.of(() -> shown(network.decode(plus(scale(latents, 1 / factor), shift))));
  }

  private static Tensor shown(Tensor images) {
    return clamp(images, -1, 1);
  }

  @Override
  public Tensor decodeBack(Tensor latents, Tensor gradient) {
    return Scope.of(
        () -> {
          Tensor own = plus(scale(latents, 1 / factor), shift);
          return scale(network.decodeBack(own, ScaledAutoencoder::shown, gradient), 1 / factor);
        });
  }

  @Override
  public Tensor encode(Tensor images) {
    return Scope.of(() -> scale(plus(network.encode(images).mean(), -shift), factor));
  }

  @Override
  public long[] imageShape(long... latents) {
    int by = network.downsampling();
    return new long[] {network.imageChannels(), by * latents[1], by * latents[2]};
  }

  @Override
  public void close() {
    network.close();
  }
}
