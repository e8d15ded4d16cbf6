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
   * The loss.
   *
   * @param x (1, C, h, w)
   * @param target (C, P), ascending along P; read at other ranks where P is not h w
   * @param weights (C)
   * @return a scalar, differentiable with respect to {@code x}
   */
  static Tensor loss(Tensor x, Tensor target, Tensor weights) {
    if (x.size(0) != 1 || x.size(1) != target.size(0)) {
      throw new IllegalArgumentException(
          "%s activations matched with %s sorted ones".formatted(describe(x), describe(target)));
    }
    Tensor values = ranks(x);
    long positions = values.size(1);
    Tensor wanted = target.size(1) == positions ? target : resampled(target, positions);
    Tensor off = values.sub(wanted);
    return mean(off.mul(off), 1).mul(weights).mean();
  }

  /** The values of each channel, ascending: (1, C, h, w) -> (C, h w). */
  static Tensor ranks(Tensor x) {
    return sorted(x.flatten(2, 3).squeeze(0));
  }
}
