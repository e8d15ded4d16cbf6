package org.tiltlens.diffusion;

import org.bytedeco.pytorch.Tensor;
import org.tiltlens.torch.Tensors;

/**
 * Timesteps as sinusoids, {@code [cos(t w_0) .. cos(t w_{h-1}), sin(t w_0) .. sin(t w_{h-1})]} with
 * {@code w_i = 10000^(-i / h)}.
 *
 * <p>Vaswani et al. 2017, section 3.5, in guided-diffusion's order. The frequencies and their
 * products are rounded to float32 as they are there: at t = 999 that rounding is visible in the
 * result.
 */
final class TimestepEmbedding {
  private static final double MAX_PERIOD = 10_000;

  private TimestepEmbedding() {}

  /** (N, width) float32; an odd width ends in a zero. */
  static Tensor of(double[] timesteps, int width) {
    int half = width / 2;
    float[] values = new float[timesteps.length * width];
    for (int n = 0; n < timesteps.length; n++) {
      for (int i = 0; i < half; i++) {
        float exponent = (float) -Math.log(MAX_PERIOD) * i / half;
        float angle = (float) timesteps[n] * (float) Math.exp(exponent);
        values[n * width + i] = (float) Math.cos(angle);
        values[n * width + half + i] = (float) Math.sin(angle);
      }
    }
    return Tensors.floats(values, timesteps.length, width);
  }
}
