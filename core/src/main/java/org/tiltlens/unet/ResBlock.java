package org.tiltlens.unet;

import static org.tiltlens.torch.Layers.conv2d;
import static org.tiltlens.torch.Layers.linear;
import static org.tiltlens.torch.Layers.silu;
import static org.tiltlens.torch.Tensors.plus;

import org.bytedeco.pytorch.Tensor;
import org.tiltlens.checkpoint.Weights;

/**
 * A residual block told the timestep, {@code skip(x) + conv(silu(norm(conv(silu(norm(x))), t)))};
 * an autoencoder's is not.
 *
 * @param layers what its layers are called
 * @param norms how it normalises
 * @param name its place in the network, such as {@code input_blocks.3.0}
 * @param embedding width of the timestep's embedding; 0 without
 * @param scaleShift whether the timestep scales and shifts the second norm, or is added before it
 * @param resampling applied on both branches, after the first norm
 * @param skipKernel side of the convolution where the number of channels changes
 */
record ResBlock(
    ResNames layers,
    GroupNorms norms,
    String name,
    int in,
    int out,
    int embedding,
    boolean scaleShift,
    Resampling resampling,
    int skipKernel)
    implements UnetBlock {

  /** With a skip pixel by pixel. */
  ResBlock(
      ResNames layers,
      GroupNorms norms,
      String name,
      int in,
      int out,
      int embedding,
      boolean scaleShift,
      Resampling resampling) {
    this(layers, norms, name, in, out, embedding, scaleShift, resampling, 1);
  }

  @Override
  public void expect(UnetShapes shapes) {
    shapes.norm(name + layers.norm1(), in);
    shapes.conv2d(name + layers.conv1(), in, out, 3);
    if (embedding > 0) {
      shapes.linear(name + layers.time(), embedding, scaleShift ? 2L * out : out);
    }
    shapes.norm(name + layers.norm2(), out);
    shapes.conv2d(name + layers.conv2(), out, out, 3);
    if (in != out) {
      shapes.conv2d(name + layers.skip(), in, out, skipKernel);
    }
  }

  @Override
  public Tensor forward(Weights weights, Tensor x, Condition told) {
    Tensor h = silu(norms.of(weights, name + layers.norm1(), x));
    h = conv(weights, layers.conv1(), resampling.apply(h), 1);
    h = silu(embedding > 0 ? told(weights, h, told.embedding()) : norm2(weights, h));
    h = conv(weights, layers.conv2(), h, 1);
    Tensor skip = resampling.apply(x);
    return h.add(in == out ? skip : conv(weights, layers.skip(), skip, skipKernel / 2));
  }

  /** Normalised, and told the timestep. */
  private Tensor told(Weights weights, Tensor h, Tensor embedding) {
    // (N, out or 2 out) -> one number per channel
    Tensor time =
        linear(
                embedding,
                weights.get(name + layers.time() + ".weight"),
                weights.get(name + layers.time() + ".bias"))
            .unflatten(1, -1, 1, 1);
    if (!scaleShift) {
      return norm2(weights, h.add(time));
    }
    Tensor scale = plus(time.narrow(1, 0, out), 1);
    Tensor shift = time.narrow(1, out, out);
    return norm2(weights, h).mul(scale).add(shift);
  }

  private Tensor norm2(Weights weights, Tensor h) {
    return norms.of(weights, name + layers.norm2(), h);
  }

  private Tensor conv(Weights weights, String layer, Tensor x, int padding) {
    Tensor weight = weights.get(name + layer + ".weight");
    Tensor bias = weights.get(name + layer + ".bias");
    return conv2d(x, weight, bias, 1, padding);
  }
}
