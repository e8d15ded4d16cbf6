package org.tiltlens.diffusion;

import java.util.List;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.torch.Device;

/**
 * A distribution of images {@code p(x)}, known through its reverse diffusion {@code p(x_{t-1} |
 * x_t)}.
 *
 * <p>A prior knows nothing of scores or guidance: those wrap {@link #predict}.
 */
public interface Prior extends AutoCloseable {
  /** The noise levels; {@link #predict} counts its steps. */
  NoiseSchedule schedule();

  /** Shape of one image: channels, height, width. */
  long[] imageShape();

  /** Where {@link #predict} computes and wants its input. */
  Device device();

  /**
   * The reverse transition from step {@code t}.
   *
   * <p>Each sample of the batch is predicted on its own. Differentiable with respect to {@code xt};
   * without a graph at {@code xt}, the results have none. They belong to the caller's scope.
   *
   * @param xt noisy images after step {@code t}, (N, C, H, W)
   * @param t {@code 0 .. schedule().steps() - 1}: an index into the respaced schedule
   * @throws org.tiltlens.torch.NotFiniteException if a network gives NaN or infinity
   */
  Prediction predict(Tensor xt, int t);

  /**
   * The reverse transitions from a step of each image's own: as {@link #predict} of each alone, up
   * to rounding.
   *
   * @param xt (N, C, H, W)
   * @param t N steps
   * @return one an image, (1, C, H, W)
   */
  default List<Prediction> predictEach(Tensor xt, int... t) {
    return IntStream.range(0, t.length).mapToObj(i -> predict(xt.narrow(0, i, 1), t[i])).toList();
  }

  /** Frees the weights. */
  @Override
  void close();
}
