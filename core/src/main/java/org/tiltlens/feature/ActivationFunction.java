package org.tiltlens.feature;

import static org.tiltlens.torch.Layers.relu;
import static org.tiltlens.torch.Tensors.kthLargest;

import org.bytedeco.pytorch.Tensor;

/**
 * Which features of a sparse dictionary stay active, and how strongly.
 *
 * <p>All of them give {@code relu(pre)} where a feature stays active and 0 elsewhere. They differ
 * in who stays, which is decided on {@code weight}: the pre-activation itself or, where {@code
 * sparsity_include_decoder_norm} says so, times the norm of the feature's decoder row. Selecting
 * {@code relu(pre)} directly equals the usual form, activate {@code pre |W_D|} and divide by {@code
 * |W_D|} again, and is defined for rows of norm 0 as well. No gradient flows through the selection.
 */
sealed interface ActivationFunction {
  /**
   * The codes.
   *
   * @param pre (N, K, h, w) pre-activations
   * @param weight what features compete by, of the same shape
   */
  Tensor apply(Tensor pre, Tensor weight);

  /** Every positive feature stays. */
  record Relu() implements ActivationFunction {
    @Override
    public Tensor apply(Tensor pre, Tensor weight) {
      return relu(pre);
    }
  }

  /** The k largest stay at every position (Gao et al. 2024); equals of the k-th stay too. */
  record TopK(int k) implements ActivationFunction {
    @Override
    public Tensor apply(Tensor pre, Tensor weight) {
      return relu(pre).mul(weight.ge(kthLargest(weight, k, 1)));
    }
  }

  /**
   * The {@code k h w} largest of each image's map stay (Bussmann et al. 2024).
   *
   * <p>In training the selection runs over the whole batch. Here it runs over one image, so that an
   * image's codes do not depend on the images beside it.
   */
  record BatchTopK(int k) implements ActivationFunction {
    @Override
    public Tensor apply(Tensor pre, Tensor weight) {
      Tensor flat = weight.flatten(1, -1); // (N, K, h, w) -> (N, K h w)
      long kept = k * weight.size(2) * weight.size(3);
      return relu(pre).mul(weight.ge(kthLargest(flat, kept, 1).reshape(-1, 1, 1, 1)));
    }
  }

  /**
   * Features above their threshold stay (Rajamanoharan et al. 2024).
   *
   * @param threshold (K, 1, 1), owned by whoever made it: a dictionary's is the dictionary's
   */
  record JumpRelu(Tensor threshold) implements ActivationFunction {
    @Override
    public Tensor apply(Tensor pre, Tensor weight) {
      return relu(pre).mul(weight.gt(threshold));
    }
  }
}
