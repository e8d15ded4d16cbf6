package org.tiltlens.feature;

import org.bytedeco.pytorch.Tensor;
import org.tiltlens.torch.NotFiniteException;
import org.tiltlens.torch.Tensors;

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
   * Scores a batch on which something is built: {@link #of}, unless a score is NaN or infinite.
   *
   * @throws NotFiniteException that says what failed
   */
  default Tensor finite(Tensor images) {
    Tensor scores = of(images);
    if (!Tensors.allFinite(scores)) {
      throw failure(images);
    }
    return scores;
  }

  /** What makes a score of these images NaN or infinite. */
  default NotFiniteException failure(Tensor images) {
    return NotFiniteException.of("the score", images);
  }

  /**
   * This score at a moment of a sampling run, for reductions that change over it.
   *
   * @param progress share of the sampling steps already taken, in [0, 1]
   */
  default Score at(double progress) {
    return this;
  }
}
