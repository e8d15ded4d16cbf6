package org.tiltlens.unet;

import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.torch.Tensors;

/**
 * Timesteps as sinusoids, {@code [cos(t w_0) .. cos(t w_{h-1}), sin(t w_0) .. sin(t w_{h-1})]} with
 * {@code w_i = 10000^(-i / h)}.
 *
 * <p>Vaswani et al. 2017, section 3.5, in guided-diffusion's order. Rounded to float32 after every
 * operation, as there: at t = 999 one rounding of a frequency moves its sinusoid by 6e-5.
 */
final class TimestepEmbedding {
  private static final double MAX_PERIOD = 10_000;

  private TimestepEmbedding() {}

  /**
   * One row per timestep.
   *
   * @param width an even number
   * @return (N, width) float32 on the CPU
   */
  static Tensor of(double[] timesteps, int width) {
    int half = width / 2;
    float[] exponents = new float[half];
    for (int i = 0; i < half; i++) {
      exponents[i] = (float) -Math.log(MAX_PERIOD) * i / half;
    }
    float[] rows = new float[timesteps.length];
    for (int n = 0; n < rows.length; n++) {
      rows[n] = (float) timesteps[n];
    }
    Tensor frequencies = Tensors.floats(exponents, 1, half).exp();
    Tensor angles = Tensors.floats(rows, rows.length, 1).mul(frequencies);
    return Tensors.cat(List.of(angles.cos(), angles.sin()), 1);
  }
}
