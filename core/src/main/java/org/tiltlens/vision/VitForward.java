package org.tiltlens.vision;

import static org.tiltlens.torch.Layers.attention;
import static org.tiltlens.torch.Layers.conv2d;
import static org.tiltlens.torch.Layers.gelu;
import static org.tiltlens.torch.Layers.layerNorm;
import static org.tiltlens.torch.Layers.linear;
import static org.tiltlens.torch.Layers.silu;
import static org.tiltlens.torch.Tensors.cat;
import static org.tiltlens.vision.HookPoint.Site.ATTN_OUT;
import static org.tiltlens.vision.HookPoint.Site.MLP_OUT;
import static org.tiltlens.vision.HookPoint.Site.RESID_MID;
import static org.tiltlens.vision.HookPoint.Site.RESID_POST;
import static org.tiltlens.vision.HookPoint.Site.RESID_PRE;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.checkpoint.Weights;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Scope;

/**
 * What a ViT computes, from images to the residual stream and the places on its way.
 *
 * <p>T tokens: the class token, R storage tokens, then h w patches, row by row.
 *
 * @param periods of the rotary embedding
 * @param weights named as {@link VitShapes} names them
 */
record VitForward(
    VitConfig config,
    double epsilon,
    List<Double> periods,
    Normalisation normalisation,
    Weights weights,
    Device device) {

  /** The residual stream (N, T, C) after the last block, or as far as is read. */
  Tensor residualStream(Tensor images, Reading reading) {
    Pass pass = pass(images, reading);
    Tensor x = embed(images);
    for (int block = 0; block < config.depth() && !reading.isDone(); block++) {
      x = readBlock(x, block, pass);
    }
    return x;
  }

  /** What stays the same from block to block. */
  private record Pass(VitConfig config, int rows, int columns, Rope rope, Reading reading) {

    /** Reads the tokens of (N, T, C) that are wanted. */
    boolean isDoneAfter(int block, HookPoint.Site site, Tensor tokens, Scope scope) {
      for (HookPoint here : config.hookPoints("blocks." + block, site)) {
        reading.at(here, () -> map(tokens, here.tokens()), scope);
      }
      return reading.isDone();
    }

    /** Tokens (N, T, C) of one kind as a map (N, C, h, w). */
    private Tensor map(Tensor tokens, HookPoint.Tokens kind) {
      int before = config.tokensBeforePatches();
      return switch (kind) {
        case CLS -> map(tokens, 0, 1, 1);
        case STORAGE -> map(tokens, 1, 1, config.storageTokens());
        case PATCHES -> map(tokens, before, rows, columns);
      };
    }

    private static Tensor map(Tensor tokens, int from, int rows, int columns) {
      return tokens
          .narrow(1, from, (long) rows * columns) // (N, h w, C)
          .transpose(1, 2) // (N, C, h w)
          .reshape(tokens.size(0), tokens.size(2), rows, columns);
    }
  }

  private Pass pass(Tensor images, Reading reading) {
    int rows = Math.toIntExact(images.size(2) / config.patch());
    int columns = Math.toIntExact(images.size(3) / config.patch());
    Rope rope = Rope.of(config.tokensBeforePatches(), rows, columns, periods, device);
    return new Pass(config, rows, columns, rope, reading);
  }

  /** The residual stream {@code x} after a block, or as far as there is something to read. */
  private Tensor readBlock(Tensor x, int index, Pass pass) {
    String name = VitShapes.block(index);
    try (Scope scope = Scope.open()) {
      if (pass.isDoneAfter(index, RESID_PRE, x, scope)) {
        return x;
      }
      Tensor attended = attentionOut(x, name, pass.rope);
      if (pass.isDoneAfter(index, ATTN_OUT, attended, scope)) {
        return x;
      }
      Tensor middle = x.add(attended);
      if (pass.isDoneAfter(index, RESID_MID, middle, scope)) {
        return x;
      }
      Tensor added = mlpOut(middle, name);
      if (pass.isDoneAfter(index, MLP_OUT, added, scope)) {
        return x;
      }
      Tensor after = middle.add(added);
      pass.isDoneAfter(index, RESID_POST, after, scope);
      return scope.keep(after);
    }
  }

  /** The tokens before the first block. */
  private Tensor embed(Tensor images) {
    Tensor x = normalisation.apply(images, device);
    x = conv2d(x, weight("patch_embed.proj"), bias("patch_embed.proj"), config.patch(), 0);
    x = x.flatten(2, 3).transpose(1, 2); // (N, C, h, w) -> (N, h w, C)
    List<Tensor> tokens = new ArrayList<>();
    tokens.add(weights.get("cls_token").expand(x.size(0), -1, -1));
    weights.find("storage_tokens").ifPresent(t -> tokens.add(t.expand(images.size(0), -1, -1)));
    tokens.add(x);
    return cat(tokens, 1); // (N, 1 + R + h w, C)
  }

  /** What attention adds to the residual stream (N, T, C). */
  private Tensor attentionOut(Tensor x, String block, Rope rope) {
    List<Tensor> qkv = queriesKeysValues(norm(x, block + "norm1"), block + "attn.");
    Tensor q = rope.apply(heads(qkv.get(0)));
    Tensor k = rope.apply(heads(qkv.get(1)));
    Tensor v = heads(qkv.get(2));
    Tensor y = attention(q, k, v).transpose(1, 2).flatten(2, 3); // (N, heads, T, d) -> (N, T, C)
    return scaled(dense(y, block + "attn.proj"), block + "ls1");
  }

  /** Three times (N, T, C). */
  private List<Tensor> queriesKeysValues(Tensor x, String attention) {
    if (weights.find(attention + "qkv.weight").isEmpty()) {
      return List.of(
          dense(x, attention + "q_proj"),
          dense(x, attention + "k_proj"),
          dense(x, attention + "v_proj"));
    }
    Tensor all = linear(x, weight(attention + "qkv"), maskedBias(attention + "qkv"));
    int width = config.width();
    return List.of(
        all.narrow(2, 0, width), all.narrow(2, width, width), all.narrow(2, 2L * width, width));
  }

  /** The bias of queries and values; its mask takes that of the keys away. */
  private Tensor maskedBias(String name) {
    Tensor bias = bias(name);
    return bias == null ? null : weights.find(name + ".bias_mask").map(bias::mul).orElse(bias);
  }

  /** (N, T, C) -> (N, heads, T, d). */
  private Tensor heads(Tensor x) {
    return x.reshape(x.size(0), x.size(1), config.heads(), config.headWidth()).transpose(1, 2);
  }

  /** What the MLP adds to the residual stream (N, T, C). */
  private Tensor mlpOut(Tensor x, String block) {
    Tensor y = norm(x, block + "norm2");
    Tensor out =
        config.gated()
            ? dense(
                silu(dense(y, block + "mlp.w1")).mul(dense(y, block + "mlp.w2")), block + "mlp.w3")
            : dense(gelu(dense(y, block + "mlp.fc1")), block + "mlp.fc2");
    return scaled(out, block + "ls2");
  }

  private Tensor scaled(Tensor x, String name) {
    return weights.find(name + ".gamma").map(x::mul).orElse(x);
  }

  private Tensor dense(Tensor x, String name) {
    return linear(x, weight(name), bias(name));
  }

  /** The network's last norm, for the class and storage tokens: the patches' own, if untied. */
  Tensor normBeforePatches(Tensor x) {
    return norm(x, weights.find("cls_norm.weight").isPresent() ? "cls_norm" : "norm");
  }

  /** Layer norm over the last dimension. */
  Tensor norm(Tensor x, String name) {
    return layerNorm(x, weight(name), bias(name), epsilon);
  }

  private Tensor weight(String name) {
    return weights.get(name + ".weight");
  }

  /** A bias, or null where the network has none. */
  private Tensor bias(String name) {
    return weights.find(name + ".bias").orElse(null);
  }
}
