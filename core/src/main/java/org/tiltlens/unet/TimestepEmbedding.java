package org.tiltlens.unet;

import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.torch.Tensors;

/**
 * Timesteps as sinusoids, {@code [cos(t w_0) .. cos(t w_{h-1}), sin(t w_0) .. sin(t w_{h-1})]} with
 * {@code w_i = 10000^(-i / (h - shift))}.
 *
 * <p>Vaswani et al. 2017, section 3.5. Rounded to float32 after every operation, as in the
 * originals: at t = 999 one rounding of a frequency moves its sinusoid by 6e-5.
 *
 * @param cosinesFirst whether the sines come after the cosines or before them
 * @param shift how much the lowest frequency lies nearer to 1 / 10000: 1 for exactly there
 */
public record TimestepEmbedding(boolean cosinesFirst, double shift) {
  /** guided-diffusion's and DiT's. */
  public static final TimestepEmbedding ADM = new TimestepEmbedding(true, 0);

  private static final double MAX_PERIOD = 10_000;

  /**
   * One row per timestep.
   *
   * @param width an even number
   * @return (N, width) float32 on the CPU
   */
  public Tensor of(double[] timesteps, int width) {
    int half = width / 2;
    float[] exponents = new float[half];
    for (int i = 0; i < half; i++) {
      exponents[i] = (float) -Math.log(MAX_PERIOD) * i / (float) (half - shift);
    }
    float[] rows = new float[timesteps.length];
    for (int n = 0; n < rows.length; n++) {
      rows[n] = (float) timesteps[n];
    }
    Tensor frequencies = Tensors.floats(exponents, 1, half).exp();
    Tensor angles = Tensors.floats(rows, rows.length, 1).mul(frequencies);
    return Tensors.cat(
        cosinesFirst ? List.of(angles.cos(), angles.sin()) : List.of(angles.sin(), angles.cos()),
        1);
  }
}
