package org.tiltlens.synthesis;

import org.bytedeco.pytorch.Tensor;

/**
 * A method that shows what a unit responds to, one image at a time.
 *
 * <p>An image is a pure function of (seed, sample): it depends neither on the images made before it
 * nor on those made beside it.
 */
@FunctionalInterface
public interface Synthesizer {
  /**
   * One image.
   *
   * @param seed the run's seed
   * @param sample index of the image in the run, from 0
   * @return (1, 3, H, W) in [-1, 1], for the enclosing {@code Scope} or else the caller to free
   */
  Tensor synthesize(long seed, int sample);
}
