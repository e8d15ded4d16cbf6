package org.tiltlens.synthesis;

import static org.tiltlens.torch.Tensors.mean;
import static org.tiltlens.torch.Tensors.norm;

import java.util.List;
import org.bytedeco.pytorch.Tensor;

/**
 * Total variation of an image: how much pixels differ from their neighbours to the right, below,
 * and on both diagonals.
 *
 * <p>Source: Mahendran and Vedaldi 2015; the four directions and both sums are those of
 * DeepInversion (Yin et al. 2020), which VITAL takes over.
 */
final class Smoothness {
  private Smoothness() {}

  /** Mean absolute difference, summed over the four directions: (N, C, H, W) -> (N). */
  static Tensor absolute(Tensor x) {
    return differences(x).stream()
        .map(d -> mean(d.abs(), 1, 2, 3))
        .reduce(Tensor::add)
        .orElseThrow();
  }

  /** Euclidean norm of all differences, summed over the four directions: (N, C, H, W) -> (N). */
  static Tensor euclidean(Tensor x) {
    return differences(x).stream()
        .map(d -> norm(d, 1, 2, 3).flatten())
        .reduce(Tensor::add)
        .orElseThrow();
  }

  private static List<Tensor> differences(Tensor x) {
    long rows = x.size(2) - 1;
    long columns = x.size(3) - 1;
    Tensor above = x.narrow(2, 0, rows);
    Tensor below = x.narrow(2, 1, rows);
    Tensor left = x.narrow(3, 0, columns);
    return List.of(
        left.sub(x.narrow(3, 1, columns)),
        above.sub(below),
        below.narrow(3, 0, columns).sub(above.narrow(3, 1, columns)),
        above.narrow(3, 0, columns).sub(below.narrow(3, 1, columns)));
  }
}
