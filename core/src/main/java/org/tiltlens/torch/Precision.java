package org.tiltlens.torch;

import java.util.Arrays;
import java.util.Locale;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.DeviceType;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * How exactly the frozen networks multiply: the prior and the vision model.
 *
 * <p>The two of 16 bits keep the weights of their layers in that type, and compute convolutions,
 * matrix products and attention in it (the engine's autocast); norms, softmax and sums take and
 * give float32 or add up in it. Schedules, scores, dictionaries, judges and all that is estimated
 * stay in float32. No number is the same as in {@link #FP32} but by rounding.
 */
public enum Precision {
  /** 24 bits of mantissa, everywhere. */
  FP32(ScalarType.Float),

  /** Products of 11 bits of mantissa, summed in float32; of NVIDIA's cards since Ampere. */
  TF32(ScalarType.Float),

  /** 8 bits of mantissa, float32's range. */
  BF16(ScalarType.BFloat16),

  /** 11 bits of mantissa, but nothing beyond 65504, and gradients below 6e-8 are lost. */
  FP16(ScalarType.Half);

  private final ScalarType type;

  Precision(ScalarType type) {
    this.type = type;
  }

  /**
   * A precision by its name in specs and on the command line, such as {@code bf16}.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static Precision named(String name) {
    return Arrays.stream(values())
        .filter(precision -> precision.toString().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "unknown `precision` '"
                        + name
                        + "': use one of "
                        + Arrays.stream(values())
                            .map(Precision::toString)
                            .collect(Collectors.joining(", "))));
  }

  private boolean isHalf() {
    return this == BF16 || this == FP16;
  }

  /**
   * A weight as a network keeps it: in 16 bits where it multiplies, else as it is.
   *
   * <p>What multiplies is a matrix or a stack of filters; norms, biases and scales are vectors.
   *
   * @param name its name; positions and tokens, which are only added, are no {@code .weight}
   */
  public Tensor weight(String name, Tensor tensor) {
    return isHalf() && tensor.dim() >= 2 && name.endsWith(".weight") ? tensor.to(type) : tensor;
  }

  /**
   * What a network computes, whose products are of this precision; its result may be too, so the
   * caller makes it float32.
   */
  <T> T compute(boolean onProcessor, Supplier<T> computation) {
    if (!isHalf()) {
      return computation.get();
    }
    DeviceType on = onProcessor ? DeviceType.CPU : DeviceType.CUDA;
    boolean before = torch.is_autocast_enabled(on);
    ScalarType typeBefore = torch.get_autocast_dtype(on);
    boolean cachedBefore = torch.is_autocast_cache_enabled();
    torch.set_autocast_dtype(on, type);
    // It would keep what is made of a leaf of autograd, and hand it to the next graph.
    torch.set_autocast_cache_enabled(false);
    torch.set_autocast_enabled(on, true);
    try {
      return computation.get();
    } finally {
      torch.set_autocast_enabled(on, before);
      torch.set_autocast_cache_enabled(cachedBefore);
      torch.set_autocast_dtype(on, typeBefore);
    }
  }

  /** What was computed in fewer bits as float32, anything else as it is. */
  Tensor widened(Tensor result) {
    return isHalf() ? Tensors.float32(result) : result;
  }

  /**
   * Lets the engine's float32 products on a card be TensorFloat-32's, or not, from here on.
   *
   * <p>Left alone, the engine takes them for convolutions and not for matrix products.
   */
  void allowTensorFloat() {
    torch.globalContext().setAllowTF32CuDNN(this == TF32);
    torch.globalContext().setAllowTF32CuBLAS(this == TF32);
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
