package org.tiltlens.diffusion;

import java.util.Arrays;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/**
 * Classifier-free guidance: a class-conditional network, whose prediction goes beyond what it says
 * of no class.
 *
 * <pre>
 * f(x, t, none) + w (f(x, t, label) - f(x, t, none))
 * </pre>
 *
 * <p>Ho and Salimans 2022, arXiv 2207.12598, with w = 1 for the network as it is. What it predicts
 * (epsilon, v or x_0) is linear in the others, so the formula is one for all; a learned variance is
 * the label's. Each prediction takes two passes. The prior is then whatever such a chain draws,
 * which is not the distribution of the class' images.
 */
public final class ClassifierFree implements Denoiser {
  private final Denoiser network;
  private final double scale;
  private final int guided;

  /**
   * Takes over a network.
   *
   * @param network trained with labels left out now and then
   * @param scale w, finite and at least 0
   */
  public ClassifierFree(Denoiser network, double scale) {
    this(network, scale, Math.toIntExact(network.imageShape()[0]));
  }

  /**
   * Takes over a network, of whose prediction only the first channels go beyond: three of four in
   * what DiT's own code draws by default ({@code forward_with_cfg}).
   *
   * @param guided how many channels, from 1 to all of an image's
   */
  public ClassifierFree(Denoiser network, double scale, int guided) {
    if (network.classes() == 0) {
      throw new IllegalArgumentException(
          "a guidance scale of " + scale + ": the prior is not class-conditional: give none");
    }
    if (!(scale >= 0 && scale < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(
          "a guidance scale of " + scale + ", must be a finite number of at least 0");
    }
    if (guided < 1 || guided > network.imageShape()[0]) {
      throw new IllegalArgumentException(
          "guidance of " + guided + " channels, must be in 1.." + network.imageShape()[0]);
    }
    this.network = network;
    this.scale = scale;
    this.guided = guided;
  }

  @Override
  public Tensor forward(Tensor x, double[] timesteps, int[] labels) {
    int[] none = new int[labels.length];
    Arrays.fill(none, NO_CLASS);
    try (Scope scope = Scope.open()) {
      Tensor told = network.forward(x, timesteps, labels);
      Tensor untold = network.forward(x, timesteps, none).narrow(1, 0, guided);
      Tensor beyond = told.narrow(1, 0, guided).sub(untold);
      Tensor predicted = untold.add(Tensors.scale(beyond, scale));
      long others = told.size(1) - guided; // a learned variance, and channels left as they are
      return scope.keep(
          others > 0
              ? Tensors.cat(List.of(predicted, told.narrow(1, guided, others)), 1)
              : predicted);
    }
  }

  @Override
  public long[] imageShape() {
    return network.imageShape();
  }

  @Override
  public boolean learnsVariance() {
    return network.learnsVariance();
  }

  @Override
  public int classes() {
    return network.classes();
  }

  @Override
  public Device device() {
    return network.device();
  }

  @Override
  public void close() {
    network.close();
  }
}
