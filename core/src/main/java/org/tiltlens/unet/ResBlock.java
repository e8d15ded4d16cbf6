package org.tiltlens.unet;

import static org.tiltlens.torch.Layers.conv2d;
import static org.tiltlens.torch.Layers.linear;
import static org.tiltlens.torch.Layers.silu;
import static org.tiltlens.torch.Tensors.plus;

import org.bytedeco.pytorch.Tensor;
import org.tiltlens.checkpoint.Weights;

/**
 * A residual block told the timestep, {@code skip(x) + conv(silu(norm(conv(silu(norm(x))), t)))}.
 *
 * @param layers what its layers are called
 * @param norms how it normalises
 * @param name its place in the network, such as {@code input_blocks.3.0}
 * @param scaleShift whether the timestep scales and shifts the second norm, or is added before it
 * @param resampling applied on both branches, after the first norm
 */
record ResBlock(
    ResNames layers,
    GroupNorms norms,
    String name,
    int in,
    int out,
    int embedding,
    boolean scaleShift,
    Resampling resampling)
    implements UnetBlock {

  @Override
  public void expect(UnetShapes shapes) {
    shapes.norm(name + layers.norm1(), in);
    shapes.conv2d(name + layers.conv1(), in, out, 3);
    shapes.linear(name + layers.time(), embedding, scaleShift ? 2L * out : out);
    shapes.norm(name + layers.norm2(), out);
    shapes.conv2d(name + layers.conv2(), out, out, 3);
    if (in != out) {
      shapes.conv2d(name + layers.skip(), in, out, 1);
    }
  }

  @Override
  public Tensor forward(Weights weights, Tensor x, Tensor embedding) {
    Tensor h = silu(norms.of(weights, name + layers.norm1(), x));
    h = conv(weights, layers.conv1(), resampling.apply(h), 1);
    // (N, out or 2 out) -> one number per channel
    Tensor time =
        linear(
                embedding,
                weights.get(name + layers.time() + ".weight"),
                weights.get(name + layers.time() + ".bias"))
            .unflatten(1, -1, 1, 1);
    if (scaleShift) {
      Tensor scale = plus(time.narrow(1, 0, out), 1);
      Tensor shift = time.narrow(1, out, out);
      h = norms.of(weights, name + layers.norm2(), h).mul(scale).add(shift);
    } else {
      h = norms.of(weights, name + layers.norm2(), h.add(time));
    }
    h = conv(weights, layers.conv2(), silu(h), 1);
    Tensor skip = resampling.apply(x);
    return h.add(in == out ? skip : conv(weights, layers.skip(), skip, 0));
  }

  private Tensor conv(Weights weights, String layer, Tensor x, int padding) {
    Tensor weight = weights.get(name + layer + ".weight");
    Tensor bias = weights.get(name + layer + ".bias");
    return conv2d(x, weight, bias, 1, padding);
  }
}
