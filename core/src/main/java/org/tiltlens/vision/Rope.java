package org.tiltlens.vision;

import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Tensors;

/**
 * Rotary position embedding in two dimensions: turns pairs of channels by angles that tell where a
 * patch is.
 *
 * <pre>
 *   angle = 2 pi (2 (i + 1/2) / h - 1) / period   in the first quarter of a head's channels,
 *   angle = 2 pi (2 (j + 1/2) / w - 1) / period   in the second, for the patch in row i, column j
 *   rotated = x cos(angle) + (-x2, x1) sin(angle),   x = (x1, x2) the two halves of the channels
 * </pre>
 *
 * <p>Source: Su et al. 2021, <em>RoFormer</em>, equation 34; Siméoni et al. 2025, <em>DINOv3</em>,
 * section 3.2, whose two coordinates are normalised separately.
 *
 * @param cos (tokens, channels of a head)
 * @param sin of the same shape
 */
record Rope(Tensor cos, Tensor sin) {

  /**
   * The embedding of a map of {@code rows} x {@code columns} patches.
   *
   * @param before tokens before the patches, which are nowhere and are not turned
   * @param periods one per channel of a quarter of a head, above 0
   */
  static Rope of(int before, int rows, int columns, List<Double> periods, Device device) {
    int head = 4 * periods.size();
    int tokens = Math.addExact(before, Math.multiplyExact(rows, columns));
    float[] cos = new float[Math.multiplyExact(tokens, head)];
    float[] sin = new float[cos.length];
    for (int token = 0; token < tokens; token++) {
      int patch = token - before;
      double y = patch < 0 ? 0 : centre(patch / columns, rows);
      double x = patch < 0 ? 0 : centre(patch % columns, columns);
      for (int channel = 0; channel < head; channel++) {
        int quarter = channel / periods.size();
        double coordinate = quarter % 2 == 0 ? y : x;
        double angle = 2 * Math.PI * coordinate / periods.get(channel % periods.size());
        cos[token * head + channel] = (float) Math.cos(angle);
        sin[token * head + channel] = (float) Math.sin(angle);
      }
    }
    return new Rope(
        device.place(Tensors.floats(cos, tokens, head)),
        device.place(Tensors.floats(sin, tokens, head)));
  }

  /** The middle of one of {@code count} equal parts of [-1, 1]. */
  private static double centre(int index, int count) {
    return (2 * index + 1.0) / count - 1;
  }

  /** Queries or keys (N, heads, tokens, channels of a head), turned. */
  Tensor apply(Tensor x) {
    long half = x.size(3) / 2;
    Tensor turned = Tensors.cat(List.of(x.narrow(3, half, half).neg(), x.narrow(3, 0, half)), 3);
    return x.mul(cos).add(turned.mul(sin));
  }
}
