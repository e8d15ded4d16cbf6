package org.tiltlens.synthesis;

import static org.tiltlens.torch.Tensors.describe;
import static org.tiltlens.torch.Tensors.mean;
import static org.tiltlens.torch.Tensors.resampled;
import static org.tiltlens.torch.Tensors.sorted;

import org.bytedeco.pytorch.Tensor;

/**
 * How far the distribution of values in each channel is from a wanted one, order aside.
 *
 * <pre>
 *   mean over channels c and ranks i of weight_c (sorted(x_c)_i - target_c,i)^2
 * </pre>
 *
 * <p>Source: Gorgun, Schiele and Fischer 2025 (arXiv 2503.22399), section 3.1; on each channel this
 * is the squared 2-Wasserstein distance of the two distributions.
 */
final class SortMatching {
  private SortMatching() {}

  /**
   * The loss of each image.
   *
   * @param x (N, C, h, w)
   * @param target (C, P), ascending along P; read at other ranks where P is not h w
   * @param weights (C)
   * @return (N), differentiable with respect to {@code x}
   */
  static Tensor losses(Tensor x, Tensor target, Tensor weights) {
    if (x.size(1) != target.size(0)) {
      throw new IllegalArgumentException(
          "%s activations matched with %s sorted ones".formatted(describe(x), describe(target)));
    }
    Tensor values = ranks(x);
    long positions = values.size(2);
    Tensor wanted = target.size(1) == positions ? target : resampled(target, positions);
    Tensor off = values.sub(wanted);
    return mean(mean(off.mul(off), 2).mul(weights), 1);
  }

  /** The values of each channel, ascending: (N, C, h, w) -> (N, C, h w). */
  static Tensor ranks(Tensor x) {
    return sorted(x.flatten(2, 3));
  }
}
