package org.tiltlens.unet;

import static org.tiltlens.torch.Tensors.scale;

import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.diffusion.Denoiser;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Scope;

/**
 * A {@link ConditionalUnet} that is told one context for all images, with classifier-free guidance
 * or without.
 *
 * <pre>
 * f(x, t, none) + w (f(x, t, context) - f(x, t, none))
 * </pre>
 *
 * <p>Ho and Salimans 2022, arXiv 2207.12598; none is a context of its own, such as that of the
 * empty text.
 */
public final class ContextDenoiser implements Denoiser {
  private final ConditionalUnet network;
  private final Tensor context;
  private final Optional<Tensor> none;
  private final double guidance;
  private final int side;

  /**
   * Takes over a network, and copies of the contexts.
   *
   * @param context (1, L, D)
   * @param none the context of no text, (1, M, D); null without guidance
   * @param guidance w; 1 without
   * @param side of the latents that it was trained on
   */
  public ContextDenoiser(
      ConditionalUnet network, Tensor context, Tensor none, double guidance, int side) {
    if (!(guidance >= 0 && guidance < Double.POSITIVE_INFINITY)
        || (none == null && guidance != 1)) {
      throw new IllegalArgumentException(
          "a guidance scale of %s%s: expected a finite number of at least 0, and a context to go beyond"
              .formatted(guidance, none == null ? " without a context of no text" : ""));
    }
    this.network = network;
    this.context = Scope.keepForever(context.detach().clone());
    this.none = Optional.ofNullable(none).map(it -> Scope.keepForever(it.detach().clone()));
    this.guidance = guidance;
    this.side = side;
  }

  @Override
  public Tensor forward(Tensor x, double[] timesteps, int[] labels) {
    return Scope.of(
        () -> {
          Tensor told = told(x, timesteps, labels, context);
          if (none.isEmpty() || guidance == 1) {
            return told;
          }
          Tensor untold = told(x, timesteps, labels, none.get());
          return untold.add(scale(told.sub(untold), guidance));
        });
  }

  private Tensor told(Tensor x, double[] timesteps, int[] labels, Tensor what) {
    return network.forward(x, timesteps, labels, what.expand(x.size(0), -1, -1));
  }

  @Override
  public long[] imageShape() {
    return new long[] {network.latentChannels(), side, side};
  }

  @Override
  public boolean learnsVariance() {
    return network.outChannels() == 2 * network.latentChannels();
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
    Scope.release(context);
    none.ifPresent(Scope::release);
  }
}
