package org.tiltlens.unet;

import static org.tiltlens.torch.Layers.attention;
import static org.tiltlens.torch.Layers.gelu;
import static org.tiltlens.torch.Layers.layerNorm;
import static org.tiltlens.torch.Layers.linear;

import org.bytedeco.pytorch.Tensor;
import org.tiltlens.checkpoint.Weights;

/**
 * A transformer over the pixels of a map, which look at each other and then at a context.
 *
 * <pre>
 * h = h + attention(norm1(h))
 * h = h + attention(norm2(h), context)
 * h = h + ff(norm3(h))                     ff(h) = W_2 (a gelu(g)),  (a, g) = W_1 h
 * </pre>
 *
 * <p>Rombach et al. 2022, appendix E.2.1; Shazeer 2020, arXiv 2002.05202, equation 6 (GEGLU).
 *
 * @param name its place in the network, such as {@code down_blocks.0.attentions.1}
 * @param groups of the first normalisation
 * @param inner channels of queries, keys and values: {@code heads} divides them
 * @param context channels of the context
 * @param depth how many times
 * @param hidden channels between the layers of ff
 */
record SpatialTransformer(
    String name, int channels, int groups, int inner, int heads, int context, int depth, int hidden)
    implements UnetBlock {
  private static final double EPSILON = 1e-6;
  private static final double LAYER_EPSILON = 1e-5;

  @Override
  public void expect(UnetShapes shapes) {
    shapes.norm(name + ".norm", channels);
    shapes.linear(name + ".proj_in", channels, channels);
    for (int i = 0; i < depth; i++) {
      String block = block(i);
      shapes.norm(block + ".norm1", channels);
      expectAttention(shapes, block + ".attn1", channels);
      shapes.norm(block + ".norm2", channels);
      expectAttention(shapes, block + ".attn2", context);
      shapes.norm(block + ".norm3", channels);
      shapes.linear(block + ".ff.net.0.proj", channels, 2L * hidden);
      shapes.linear(block + ".ff.net.2", hidden, channels);
    }
    shapes.linear(name + ".proj_out", channels, channels);
  }

  private void expectAttention(UnetShapes shapes, String layer, int looksAt) {
    shapes.matrix(layer + ".to_q", channels, inner);
    shapes.matrix(layer + ".to_k", looksAt, inner);
    shapes.matrix(layer + ".to_v", looksAt, inner);
    shapes.linear(layer + ".to_out.0", inner, channels);
  }

  private String block(int i) {
    return name + ".transformer_blocks." + i;
  }

  @Override
  public Tensor forward(Weights weights, Tensor x, Condition told) {
    GroupNorms norms = new GroupNorms(groups, EPSILON);
    Tensor h = norms.of(weights, name + ".norm", x);
    h = h.flatten(2, 3).transpose(1, 2); // (N, C, H, W) -> (N, H W, C)
    h = layer(weights, name + ".proj_in", h);
    for (int i = 0; i < depth; i++) {
      h = block(weights, block(i), h, told.context());
    }
    h = layer(weights, name + ".proj_out", h);
    return x.add(h.transpose(1, 2).unflatten(2, x.size(2), x.size(3)));
  }

  private Tensor block(Weights weights, String block, Tensor h, Tensor context) {
    Tensor norm = norm(weights, block + ".norm1", h);
    Tensor own = h.add(attended(weights, block + ".attn1", norm, norm));
    norm = norm(weights, block + ".norm2", own);
    Tensor told =
        own.add(attended(weights, block + ".attn2", norm, context == null ? norm : context));
    Tensor gated = layer(weights, block + ".ff.net.0.proj", norm(weights, block + ".norm3", told));
    Tensor ff = gated.narrow(2, 0, hidden).mul(gelu(gated.narrow(2, hidden, hidden)));
    return told.add(layer(weights, block + ".ff.net.2", ff));
  }

  /** Of (N, L, C) at (N, M, D). */
  private Tensor attended(Weights weights, String layer, Tensor from, Tensor at) {
    Tensor q = split(linear(from, weights.get(layer + ".to_q.weight"), null));
    Tensor k = split(linear(at, weights.get(layer + ".to_k.weight"), null));
    Tensor v = split(linear(at, weights.get(layer + ".to_v.weight"), null));
    Tensor h = attention(q, k, v).transpose(1, 2).flatten(2, 3);
    return layer(weights, layer + ".to_out.0", h); // (N, heads, L, d) -> (N, L, C)
  }

  /** (N, L, inner) -> (N, heads, L, d). */
  private Tensor split(Tensor tokens) {
    return tokens.unflatten(2, heads, -1).transpose(1, 2);
  }

  private static Tensor norm(Weights weights, String layer, Tensor x) {
    return layerNorm(
        x, weights.get(layer + ".weight"), weights.get(layer + ".bias"), LAYER_EPSILON);
  }

  private static Tensor layer(Weights weights, String layer, Tensor x) {
    return linear(x, weights.get(layer + ".weight"), weights.get(layer + ".bias"));
  }
}
