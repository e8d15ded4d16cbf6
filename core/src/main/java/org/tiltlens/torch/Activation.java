package org.tiltlens.torch;

import java.util.Locale;
import org.bytedeco.pytorch.Tensor;

/** The function between the two layers of a transformer's MLP. */
public enum Activation {
  /** {@code x Phi(x)} (Hendrycks and Gimpel 2016). */
  GELU,
  /** {@code x sigmoid(1.702 x)}, as OpenAI's CLIP has it. */
  QUICK_GELU,
  /** GELU with the hyperbolic tangent in place of Phi, as SigLIP and DiT have it. */
  GELU_TANH;

  /** Its word: {@code quick_gelu}. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * The one of a word of ours or of Hugging Face's.
   *
   * @throws IllegalArgumentException if it is another
   */
  public static Activation of(String word) {
    return switch (word) {
      case "gelu" -> GELU;
      case "quick_gelu" -> QUICK_GELU;
      case "gelu_tanh", "gelu_pytorch_tanh", "gelu_new" -> GELU_TANH;
      default ->
          throw new IllegalArgumentException(
              "activation is '" + word + "', expected gelu, quick_gelu or gelu_tanh");
    };
  }

  /** Of every element. */
  public Tensor apply(Tensor x) {
    return switch (this) {
      case GELU -> Layers.gelu(x);
      case QUICK_GELU -> x.mul(Layers.sigmoid(Tensors.scale(x, 1.702)));
      case GELU_TANH -> Layers.geluTanh(x);
    };
  }
}
