package org.tiltlens.diffusion;

import java.util.Arrays;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/**
 * Classifier-free guidance: a network that is told a condition (a class, a text), whose prediction
 * goes beyond what it says of none.
 *
 * <pre>
 * f(x, t, none) + w (f(x, t, condition) - f(x, t, none))
 * </pre>
 *
 * <p>Ho and Salimans 2022, arXiv 2207.12598, with w = 1 for the network as it is. What it predicts
 * (epsilon, v or x_0) is linear in the others, so the formula is one for all; a learned variance is
 * the condition's. Each prediction takes two passes. The prior is then whatever such a chain draws,
 * which is not the distribution of the condition's images.
 */
public final class ClassifierFree implements Denoiser {
  private final Denoiser told;
  private final Denoiser untold;
  private final double scale;
  private final int guided;

  /**
   * Takes over a class-conditional network.
   *
   * @param network trained with labels left out now and then
   * @param scale w, finite and at least 0
   */
  public ClassifierFree(Denoiser network, double scale) {
    this(network, scale, Math.toIntExact(network.imageShape()[0]));
  }

  /**
   * Takes over a class-conditional network, of whose prediction only the first channels go beyond:
   * three of four in what DiT's own code draws by default ({@code forward_with_cfg}).
   *
   * @param guided how many channels, from 1 to all of an image's
   */
  public ClassifierFree(Denoiser network, double scale, int guided) {
    this(network, new OfNoClass(network), scale, guided);
    if (network.classes() == 0) {
      throw new IllegalArgumentException(
          "a guidance scale of " + scale + ": the prior is not class-conditional: give none");
    }
  }

  /**
   * Takes over a network that is told a condition of any kind, and the same that is told none.
   *
   * @param scale w, finite and at least 0
   */
  public ClassifierFree(Denoiser told, Denoiser untold, double scale) {
    this(told, untold, scale, Math.toIntExact(told.imageShape()[0]));
  }

  private ClassifierFree(Denoiser told, Denoiser untold, double scale, int guided) {
    if (!(scale >= 0 && scale < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(
          "a guidance scale of " + scale + ", must be a finite number of at least 0");
    }
    if (guided < 1 || guided > told.imageShape()[0]) {
      throw new IllegalArgumentException(
          "guidance of " + guided + " channels, must be in 1.." + told.imageShape()[0]);
    }
    this.told = told;
    this.untold = untold;
    this.scale = scale;
    this.guided = guided;
  }

  /** A network that is told no class, whatever it is asked for. */
  private record OfNoClass(Denoiser network) implements Denoiser {
    @Override
    public Tensor forward(Tensor x, double[] timesteps, int[] labels) {
      int[] none = new int[labels.length];
      Arrays.fill(none, NO_CLASS);
      return network.forward(x, timesteps, none);
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

    /** The network is closed as the one that is told. */
    @Override
    public void close() {}
  }

  @Override
  public Tensor forward(Tensor x, double[] timesteps, int[] labels) {
    try (Scope scope = Scope.open()) {
      Tensor conditional = told.forward(x, timesteps, labels);
      Tensor without = untold.forward(x, timesteps, labels).narrow(1, 0, guided);
      Tensor beyond = conditional.narrow(1, 0, guided).sub(without);
      Tensor predicted = without.add(Tensors.scale(beyond, scale));
      long others = conditional.size(1) - guided; // a learned variance, and channels left alone
      return scope.keep(
          others > 0
              ? Tensors.cat(List.of(predicted, conditional.narrow(1, guided, others)), 1)
              : predicted);
    }
  }

  @Override
  public long[] imageShape() {
    return told.imageShape();
  }

  @Override
  public boolean learnsVariance() {
    return told.learnsVariance();
  }

  @Override
  public int classes() {
    return told.classes();
  }

  @Override
  public Device device() {
    return told.device();
  }

  @Override
  public void close() {
    told.close();
    untold.close();
  }
}
