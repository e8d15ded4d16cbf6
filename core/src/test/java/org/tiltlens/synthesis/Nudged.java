package org.tiltlens.synthesis;

import org.bytedeco.pytorch.Tensor;
import org.tiltlens.torch.Noise;
import org.tiltlens.torch.Tensors;

/**
 * Numbers moved by about one rounding of float32, to measure how far a rounding may lead: two roads
 * to the same images round differently on every kind of processor, and can be held to no less.
 */
final class Nudged {
  /**
   * How many times further than one rounding of the noise the roundings of all operations may lead.
   */
  static final double ROUNDINGS = 10;

  private Nudged() {}

  static Tensor of(Tensor x) {
    return Tensors.scale(x, 1 + Math.ulp(1f));
  }

  /** {@link Noise#normal}, every draw of it moved. */
  static Tensor normal(long seed, long sample, long draw, long... shape) {
    return of(Noise.normal(seed, sample, draw, shape));
  }
}
