package org.tiltlens.training;

/**
 * The streams of random numbers of a training, by which {@link org.tiltlens.torch.Noise} knows
 * them.
 */
final class RandomStream {
  /** First weights; one draw per tensor. */
  static final long WEIGHTS = 0;

  /** Order of the images; one draw per epoch. */
  static final long ORDER = 1;

  /** Flips and shifts; one draw per step. */
  static final long AUGMENTATION = 2;

  /** Diffusion times; one draw per step. */
  static final long TIME = 3;

  /** Diffusion noise; one draw per step. */
  static final long NOISE = 4;

  /** The images over which activation norms are measured; one draw. */
  static final long NORMS = 5;

  /** Which held-out images samples are compared with; one draw. */
  static final long COMPARED = 6;

  /** Crops, colours and holes of photographs; one draw per step. */
  static final long DISTORTION = 7;

  /** Which images are mixed how; one draw per step. */
  static final long MIXTURE = 8;

  /** Which blocks are left out; one draw per step. */
  static final long DEPTH = 9;

  /** Which training images samples are looked up among; one draw. */
  static final long NEAREST = 10;

  /** The first sample of a trained prior; each has a stream of its own, far from those above. */
  static final long FIRST_SAMPLE = 1L << 32;

  private RandomStream() {}
}
