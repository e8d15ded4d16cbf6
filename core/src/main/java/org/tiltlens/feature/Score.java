package org.tiltlens.feature;

import org.bytedeco.pytorch.Tensor;

/**
 * The intrinsic score s(x): one number per image that says how strongly a unit responds.
 *
 * <p>Source: Zhou et al. 2026 (arXiv 2605.17504), section on the soft constraint {@code E_q[s(x)]
 * >= m}. An image's score never depends on the images beside it. To guide a batch, take the
 * gradient of the <em>sum</em> of its scores.
 */
@FunctionalInterface
public interface Score {
  /**
   * Scores a batch.
   *
   * @param images (N, 3, H, W) in [-1, 1]
   * @return (N); differentiable with respect to the images
   */
  Tensor of(Tensor images);

  /**
   * This score at a moment of a sampling run, for reductions that change over it.
   *
   * @param progress share of the sampling steps already taken, in [0, 1]
   */
  default Score at(double progress) {
    return this;
  }
}
