package org.tiltlens.unet;

import static org.tiltlens.torch.Layers.attention;
import static org.tiltlens.torch.Layers.linear;

import org.bytedeco.pytorch.Tensor;
import org.tiltlens.checkpoint.Weights;

/**
 * Residual self-attention between the pixels of a map.
 *
 * @param name its place in the network, such as {@code middle_block.1}
 * @param newOrder whether the projection's output is ordered (q | k | v) x heads ({@code
 *     QKVAttention}) or heads x (q | k | v) ({@code QKVAttentionLegacy})
 */
record AttentionBlock(String name, int channels, int heads, boolean newOrder) implements UnetBlock {

  @Override
  public void expect(UnetShapes shapes) {
    shapes.norm(name + ".norm", channels);
    shapes.conv1d(name + ".qkv", channels, 3L * channels);
    shapes.conv1d(name + ".proj_out", channels, channels);
  }

  @Override
  public Tensor forward(Weights weights, Tensor x, Condition told) {
    Tensor norm = GroupNorms.ADM.of(weights, name + ".norm", x);
    Tensor tokens = norm.flatten(2, 3).transpose(1, 2); // (N, C, H, W) -> (N, H W, C)
    Tensor qkv = pointwise(weights, ".qkv", tokens);
    qkv =
        newOrder
            ? qkv.unflatten(2, 3, heads, -1).permute(2, 0, 3, 1, 4)
            : qkv.unflatten(2, heads, 3, -1).permute(3, 0, 2, 1, 4); // (3, N, heads, H W, d)
    Tensor h = attention(qkv.select(0, 0), qkv.select(0, 1), qkv.select(0, 2));
    h = h.transpose(1, 2).flatten(2, 3); // (N, heads, H W, d) -> (N, H W, C)
    h = pointwise(weights, ".proj_out", h);
    return x.add(h.transpose(1, 2).unflatten(2, x.size(2), x.size(3)));
  }

  /** The checkpoint's 1-D convolution of kernel size 1, as the linear layer it is. */
  private Tensor pointwise(Weights weights, String layer, Tensor tokens) {
    Tensor weight = weights.get(name + layer + ".weight").squeeze(2);
    return linear(tokens, weight, weights.get(name + layer + ".bias"));
  }
}
