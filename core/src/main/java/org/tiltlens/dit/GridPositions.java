package org.tiltlens.dit;

import org.bytedeco.pytorch.Tensor;
import org.tiltlens.torch.Tensors;

/**
 * Positions on a square grid as sinusoids, which no training changed: half the channels say the
 * column, half the row, each {@code [sin(p w_0) .. sin(p w_{q-1}), cos(p w_0) ..]} with {@code w_i
 * = 10000^(-i / q)}, q a quarter of the channels.
 *
 * <p>Vaswani et al. 2017, section 3.5; {@code get_2d_sincos_pos_embed} of DiT and MAE, which says
 * the column first.
 */
final class GridPositions {
  private static final double MAX_PERIOD = 10_000;

  private GridPositions() {}

  /**
   * The positions of a grid, row by row.
   *
   * @param width a multiple of 4
   * @return (1, side side, width) float32 on the CPU
   */
  static Tensor of(int side, int width) {
    float[] all = new float[Math.toIntExact((long) side * side * width)];
    int half = width / 2;
    for (int row = 0; row < side; row++) {
      for (int column = 0; column < side; column++) {
        int at = (row * side + column) * width;
        put(all, at, column, half);
        put(all, at + half, row, half);
      }
    }
    return Tensors.floats(all, 1, (long) side * side, width);
  }

  private static void put(float[] all, int at, int position, int channels) {
    int frequencies = channels / 2;
    for (int i = 0; i < frequencies; i++) {
      double angle = position * Math.pow(MAX_PERIOD, -(double) i / frequencies);
      all[at + i] = (float) Math.sin(angle);
      all[at + frequencies + i] = (float) Math.cos(angle);
    }
  }
}
