package org.tiltlens.feature;

import org.bytedeco.pytorch.Tensor;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/**
 * Activations of which each position has mean 0 and deviation 1 over its channels, as SAELens and
 * ViT-Prisma have them with {@code normalize_activations: layer_norm}:
 *
 * <pre>
 *   x' = (x - mean) / (s + 1e-5)        s^2 = sum (x - mean)^2 / (C - 1)
 * </pre>
 *
 * <p>Source: {@code run_time_activation_ln_in} in SAELens, {@code sae_lens/saes/sae.py}, and in
 * ViT-Prisma, {@code sae/sae.py}.
 */
final class Standardised {
  private static final double EPSILON = 1e-5;

  /** Far below what float32 activations vary by; at 0 the root would have no gradient. */
  private static final double LEAST_VARIANCE = 1e-30;

  private Standardised() {}

  /** (N, C, h, w) with at least two channels -> the same shape. */
  static Tensor of(Tensor x) {
    return Scope.of(
        () -> {
          Tensor centred = x.sub(Tensors.mean(x, 1).unsqueeze(1));
          Tensor variance =
              Tensors.scale(Tensors.sum(centred.square(), 1), 1.0 / (x.size(1) - 1)); // (N, h, w)
          Tensor deviation =
              Tensors.clamp(variance, LEAST_VARIANCE, Double.POSITIVE_INFINITY).sqrt();
          return centred.div(Tensors.plus(deviation, EPSILON).unsqueeze(1));
        });
  }
}
