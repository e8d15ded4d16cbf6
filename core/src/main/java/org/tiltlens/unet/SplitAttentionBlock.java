package org.tiltlens.unet;

import static org.tiltlens.torch.Layers.attention;
import static org.tiltlens.torch.Layers.linear;

import org.bytedeco.pytorch.Tensor;
import org.tiltlens.checkpoint.Weights;

/**
 * Residual self-attention between the pixels of a map, with queries, keys and values of layers of
 * their own, as diffusers has it.
 *
 * @param name its place in the network, such as {@code mid_block.attentions.0}
 * @param norms before them; null without
 */
record SplitAttentionBlock(String name, int channels, int heads, GroupNorms norms)
    implements UnetBlock {

  @Override
  public void expect(UnetShapes shapes) {
    if (norms != null) {
      shapes.norm(name + ".group_norm", channels);
    }
    shapes.linear(name + ".to_q", channels, channels);
    shapes.linear(name + ".to_k", channels, channels);
    shapes.linear(name + ".to_v", channels, channels);
    shapes.linear(name + ".to_out.0", channels, channels);
  }

  @Override
  public Tensor forward(Weights weights, Tensor x, Condition told) {
    Tensor norm = norms == null ? x : norms.of(weights, name + ".group_norm", x);
    Tensor tokens = norm.flatten(2, 3).transpose(1, 2); // (N, C, H, W) -> (N, H W, C)
    Tensor q = split(layer(weights, ".to_q", tokens));
    Tensor k = split(layer(weights, ".to_k", tokens));
    Tensor v = split(layer(weights, ".to_v", tokens));
    Tensor h = attention(q, k, v).transpose(1, 2).flatten(2, 3); // -> (N, H W, C)
    h = layer(weights, ".to_out.0", h);
    return x.add(h.transpose(1, 2).unflatten(2, x.size(2), x.size(3)));
  }

  /** (N, H W, C) -> (N, heads, H W, d). */
  private Tensor split(Tensor tokens) {
    return tokens.unflatten(2, heads, -1).transpose(1, 2);
  }

  private Tensor layer(Weights weights, String layer, Tensor tokens) {
    return linear(
        tokens, weights.get(name + layer + ".weight"), weights.get(name + layer + ".bias"));
  }
}
