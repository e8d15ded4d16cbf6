package org.tiltlens.feature;

import static org.tiltlens.torch.Layers.conv2d;

import org.bytedeco.pytorch.Tensor;
import org.tiltlens.checkpoint.Weights;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/**
 * What a sparse dictionary computes, on weights that are given: see {@link SparseDictionary} for
 * the formulas.
 *
 * @param weights for n features: {@code encoder} (n, C, k, k), {@code encoder_bias} (n), {@code
 *     decoder} (n, C), {@code decoder_bias} (C) if the dictionary has one, and {@code threshold}
 *     (n, 1, 1) for jumprelu; also {@code highest} (n, 1, 1) where features cannot be used:
 *     -infinity for those, infinity for others
 */
public record DictionaryNetwork(DictionaryConfig config, Weights weights) {
  static final String HIGHEST = "highest";

  /** Pre-activations: (N, C, h, w) -> (N, n, h, w). */
  public Tensor preActivations(Tensor a) {
    return conv2d(a, weights.get("encoder"), weights.get("encoder_bias"), 1, config.padding());
  }

  /** Activations, 0 where not active: (N, C, h, w) -> (N, n, h, w). */
  public Tensor encode(Tensor a) {
    return Scope.of(() -> activate(preActivations(a)));
  }

  /** Activations from pre-activations, of the same shape. */
  public Tensor activate(Tensor pre) {
    Tensor weight = config.decoderNormGates() ? pre.mul(decoderNorm()) : pre;
    return activationFunction().apply(pre, weights.find(HIGHEST).map(weight::fmin).orElse(weight));
  }

  /** The prediction: codes (N, n, h, w) -> (N, C, h, w). */
  public Tensor decode(Tensor codes) {
    return Scope.of(
        () -> {
          Tensor y = codes.permute(0, 2, 3, 1).matmul(weights.get("decoder")); // (N, h, w, C)
          y = config.decoderBias() ? y.add(weights.get("decoder_bias")) : y;
          return y.permute(0, 3, 1, 2);
        });
  }

  /** Norm of each decoder row, (n, 1, 1); it only ranks features, so no gradient flows through. */
  private Tensor decoderNorm() {
    Tensor decoder = weights.get("decoder").detach();
    return Tensors.sum(decoder.mul(decoder), 1).sqrt().reshape(-1, 1, 1);
  }

  private ActivationFunction activationFunction() {
    return switch (config.activation()) {
      case RELU -> new ActivationFunction.Relu();
      case TOPK -> new ActivationFunction.TopK(config.topK());
      case BATCHTOPK -> new ActivationFunction.BatchTopK(config.topK());
      case JUMPRELU -> new ActivationFunction.JumpRelu(weights.get("threshold"));
    };
  }
}
