package org.tiltlens.unet;

import static org.tiltlens.torch.Layers.conv2d;
import static org.tiltlens.torch.Layers.groupNorm;
import static org.tiltlens.torch.Layers.linear;
import static org.tiltlens.torch.Layers.silu;
import static org.tiltlens.torch.Tensors.plus;

import org.bytedeco.pytorch.Tensor;
import org.tiltlens.checkpoint.Weights;

/**
 * A residual block told the timestep, {@code skip(x) + conv(silu(norm(conv(silu(norm(x))), t)))}.
 *
 * @param name its place in the network, such as {@code input_blocks.3.0}
 * @param scaleShift whether the timestep scales and shifts the second norm, or is added before it
 * @param resampling applied on both branches, after the first norm
 */
record ResBlock(
    String name, int in, int out, int embedding, boolean scaleShift, Resampling resampling)
    implements AdmBlock {

  @Override
  public void expect(AdmShapes shapes) {
    shapes.norm(name + ".in_layers.0", in);
    shapes.conv2d(name + ".in_layers.2", in, out, 3);
    shapes.linear(name + ".emb_layers.1", embedding, scaleShift ? 2L * out : out);
    shapes.norm(name + ".out_layers.0", out);
    shapes.conv2d(name + ".out_layers.3", out, out, 3);
    if (in != out) {
      shapes.conv2d(name + ".skip_connection", in, out, 1);
    }
  }

  @Override
  public Tensor forward(Weights weights, Tensor x, Tensor embedding) {
    Tensor h = silu(norm(weights, ".in_layers.0", x));
    h = conv(weights, ".in_layers.2", resampling.apply(h), 1);
    // (N, out or 2 out) -> one number per channel
    Tensor time =
        linear(
                embedding,
                weights.get(name + ".emb_layers.1.weight"),
                weights.get(name + ".emb_layers.1.bias"))
            .unflatten(1, -1, 1, 1);
    if (scaleShift) {
      Tensor scale = plus(time.narrow(1, 0, out), 1);
      Tensor shift = time.narrow(1, out, out);
      h = norm(weights, ".out_layers.0", h).mul(scale).add(shift);
    } else {
      h = norm(weights, ".out_layers.0", h.add(time));
    }
    h = conv(weights, ".out_layers.3", silu(h), 1);
    Tensor skip = resampling.apply(x);
    return h.add(in == out ? skip : conv(weights, ".skip_connection", skip, 0));
  }

  private Tensor norm(Weights weights, String layer, Tensor x) {
    Tensor weight = weights.get(name + layer + ".weight");
    Tensor bias = weights.get(name + layer + ".bias");
    return groupNorm(x, AdmShapes.GROUPS, weight, bias, AdmShapes.EPSILON);
  }

  private Tensor conv(Weights weights, String layer, Tensor x, int padding) {
    Tensor weight = weights.get(name + layer + ".weight");
    Tensor bias = weights.get(name + layer + ".bias");
    return conv2d(x, weight, bias, 1, padding);
  }
}
