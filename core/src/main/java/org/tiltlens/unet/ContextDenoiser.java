package org.tiltlens.unet;

import org.bytedeco.pytorch.Tensor;
import org.tiltlens.diffusion.Denoiser;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Tensors;

/**
 * A {@link ConditionalUnet} that is told one context for all images; of two, {@link
 * org.tiltlens.diffusion.ClassifierFree} makes a guided one.
 *
 * <p>Network and context stay the caller's: many share one network. Differentiable with respect to
 * the context too.
 */
public final class ContextDenoiser implements Denoiser {
  private final ConditionalUnet network;
  private final Tensor context;
  private final int side;

  /**
   * Of a network and what it is told.
   *
   * @param context (1, L, D)
   * @param side of the latents
   */
  public ContextDenoiser(ConditionalUnet network, Tensor context, int side) {
    if (context.dim() != 3
        || context.size(0) != 1
        || context.size(2) != network.contextChannels()) {
      throw new IllegalArgumentException(
          "the UNet wants a context of 1xLx%d, not %s"
              .formatted(network.contextChannels(), Tensors.describe(context)));
    }
    this.network = network;
    this.context = context;
    this.side = side;
  }

  @Override
  public Tensor forward(Tensor x, double[] timesteps, int[] labels) {
    return network.forward(x, timesteps, labels, context.expand(x.size(0), -1, -1));
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

  /** Nothing: the network may be told other contexts. */
  @Override
  public void close() {}
}
