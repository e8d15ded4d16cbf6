package org.tiltlens.training;

import org.tiltlens.unet.AutoencoderKlConfig;

/**
 * Which autoencoder of latents to train, and on what loss.
 *
 * @param klWeight of the latents' divergence from N(0, 1), at least 0; see {@link AutoencoderLoss}
 * @param flip whether images are mirrored at random
 */
public record AutoencoderSettings(AutoencoderKlConfig network, double klWeight, boolean flip) {
  /** That of Rombach et al. 2022, appendix G: hardly more than keeps latents from drifting off. */
  public static final double KL_WEIGHT = 1e-6;

  public AutoencoderSettings {
    if (!(klWeight >= 0 && klWeight <= 1000)) {
      throw new IllegalArgumentException("KL weight: " + klWeight + ", must be in [0, 1000]");
    }
  }

  /** By the paper's weight, with flips. */
  public static AutoencoderSettings of(AutoencoderKlConfig network) {
    return new AutoencoderSettings(network, KL_WEIGHT, true);
  }
}
