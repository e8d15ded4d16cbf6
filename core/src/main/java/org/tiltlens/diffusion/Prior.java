package org.tiltlens.diffusion;

import java.util.List;
import java.util.function.Supplier;
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

  /**
   * Shape of what {@link #predict} is given, and of the noise that it comes from: that of an image,
   * or of its latent.
   */
  default long[] noiseShape() {
    return imageShape();
  }

  /** Whether {@link #predict} knows latents, which are not images. */
  default boolean isLatent() {
    return false;
  }

  /**
   * The images of clean estimates, or of where paths end; differentiable. Where they are pictures,
   * it is these as they are shown: limited to [-1, 1], beyond which the gradient is zero, so that
   * what is scored is what will be written.
   *
   * @param x0 (N, C, H, W) of {@link #noiseShape}
   * @return (N, C, H, W) of {@link #imageShape}
   */
  default Tensor decode(Tensor x0) {
    return x0;
  }

  /**
   * The gradient with respect to clean estimates of what has a gradient with respect to their
   * images, as back through {@link #decode}.
   *
   * @param x0 (N, C, H, W) of {@link #noiseShape}
   * @param gradient (N, C, H, W) of {@link #imageShape}
   */
  default Tensor decodeBack(Tensor x0, Tensor gradient) {
    return gradient;
  }

  /** What {@link #decode} makes such images of, or nearly; the same tensor if it is no latent. */
  default Tensor encode(Tensor images) {
    return images;
  }

  /** Where {@link #predict} computes and wants its input. */
  Device device();

  /**
   * The reverse transition from step {@code t}.
   *
   * <p>Each sample of the batch is predicted on its own. Differentiable with respect to {@code xt};
   * without a graph at {@code xt}, the results have none. They belong to the caller's scope.
   *
   * @param xt noisy images after step {@code t}, (N, C, H, W) of {@link #noiseShape}
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

  /**
   * Whether paths differ in more than their noise: each is of a component of its own, which only
   * {@link #along} knows.
   */
  default boolean isMixture() {
    return false;
  }

  /**
   * Refuses a mixture, where a path's beginning is not known.
   *
   * @param who cannot draw from it, for the message
   * @throws IllegalArgumentException if it is one
   */
  default void requireNoMixture(String who) {
    if (isMixture()) {
      throw new IllegalArgumentException(
          ("the prior is a mixture of classes, which %s cannot draw from: give one class,"
                  + " such as `priorOption` label=0")
              .formatted(who));
    }
  }

  /**
   * The prior as some paths know it: of a mixture, the component of each; else the prior itself.
   * Nobody closes it.
   *
   * @param beginnings (N, C, H, W), x_T of the paths, one for each image that will be predicted
   */
  default Prior along(Supplier<Tensor> beginnings) {
    return this;
  }

  /** Frees the weights. */
  @Override
  void close();
}
