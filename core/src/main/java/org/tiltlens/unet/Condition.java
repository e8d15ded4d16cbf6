package org.tiltlens.unet;

import org.bytedeco.pytorch.Tensor;

/**
 * What the blocks of a network are told beside their maps.
 *
 * @param embedding SiLU of the embedding of timestep and class, (N, width); null for a network that
 *     is told nothing
 * @param context what the images are of, (N, L, D), for {@link SpatialTransformer}; null without
 */
record Condition(Tensor embedding, Tensor context) {
  /** Of an autoencoder. */
  static final Condition NONE = new Condition(null, null);

  /** Of a network without a context. */
  static Condition of(Tensor embedding) {
    return new Condition(embedding, null);
  }
}
