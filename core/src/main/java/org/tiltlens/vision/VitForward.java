package org.tiltlens.vision;

import static org.tiltlens.torch.Layers.attention;
import static org.tiltlens.torch.Layers.conv2d;
import static org.tiltlens.torch.Layers.layerNorm;
import static org.tiltlens.torch.Layers.linear;
import static org.tiltlens.torch.Layers.multiHeadAttention;
import static org.tiltlens.torch.Layers.silu;
import static org.tiltlens.torch.Tensors.cat;
import static org.tiltlens.vision.HookPoint.Site.ATTN_OUT;
import static org.tiltlens.vision.HookPoint.Site.MLP_OUT;
import static org.tiltlens.vision.HookPoint.Site.RESID_MID;
import static org.tiltlens.vision.HookPoint.Site.RESID_POST;
import static org.tiltlens.vision.HookPoint.Site.RESID_PRE;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.checkpoint.Weights;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

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
    Tensor x = embed(images, pass);
    for (int block = 0; block < config.depth() && !reading.isDone(); block++) {
      x = readBlock(x, block, pass);
    }
    return x;
  }

  /** What stays the same from block to block. */
  private record Pass(
      VitConfig config, int rows, int columns, Optional<Rope> rope, Reading reading) {

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
        case STORAGE -> map(tokens, config.classTokens(), 1, config.storageTokens());
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
    Optional<Rope> rope =
        config.kind().positions().isPresent()
            ? Optional.empty()
            : Optional.of(Rope.of(config.tokensBeforePatches(), rows, columns, periods, device));
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
  private Tensor embed(Tensor images, Pass pass) {
    Tensor x = normalisation.apply(images, device);
    x = conv2d(x, weight("patch_embed.proj"), bias("patch_embed.proj"), config.patch(), 0);
    x = x.flatten(2, 3).transpose(1, 2); // (N, C, h, w) -> (N, h w, C)
    Optional<VitPositions> positions = positions();
    if (positions.isPresent()) {
      x = x.add(positions.get().patches(pass.rows, pass.columns));
    }
    if (config.tokensBeforePatches() > 0) {
      Tensor before = tokensBeforePatches(positions);
      x = cat(List.of(before.expand(x.size(0), -1, -1), x), 1); // (N, 1 + R + h w, C)
    }
    return weights.find("norm_pre.weight").isPresent() ? norm(x, "norm_pre") : x;
  }

  private Optional<VitPositions> positions() {
    return config
        .kind()
        .positions()
        .map(
            learned ->
                new VitPositions(
                    learned, weights.get("pos_embed").reshape(learned.count(), config.width())));
  }

  /** The class token and the storage tokens, the first of them with positions: (1, 1 + R, C). */
  private Tensor tokensBeforePatches(Optional<VitPositions> positions) {
    List<Tensor> tokens = new ArrayList<>();
    weights.find("cls_token").ifPresent(t -> tokens.add(t.reshape(1, 1, -1)));
    weights.find("storage_tokens").ifPresent(tokens::add);
    Tensor all = cat(tokens, 1);
    int placed = positions.map(each -> each.learned().before()).orElse(0);
    if (placed == 0) {
      return all;
    }
    Tensor first = all.narrow(1, 0, placed).add(positions.get().before());
    return cat(List.of(first, all.narrow(1, placed, all.size(1) - placed)), 1);
  }

  /** What attention adds to the residual stream (N, T, C). */
  private Tensor attentionOut(Tensor x, String block, Optional<Rope> rope) {
    List<Tensor> qkv = queriesKeysValues(norm(x, block + "norm1"), block + "attn.");
    Tensor q = turned(heads(qkv.get(0)), rope);
    Tensor k = turned(heads(qkv.get(1)), rope);
    Tensor v = heads(qkv.get(2));
    Tensor y = attention(q, k, v).transpose(1, 2).flatten(2, 3); // (N, heads, T, d) -> (N, T, C)
    return scaled(dense(y, block + "attn.proj"), block + "ls1");
  }

  private static Tensor turned(Tensor x, Optional<Rope> rope) {
    return rope.isPresent() ? rope.get().apply(x) : x;
  }

  /** Three times (N, T, C). */
  private List<Tensor> queriesKeysValues(Tensor x, String attention) {
    if (weights.find(attention + "qkv.weight").isEmpty()) {
      return List.of(
          dense(x, attention + "q_proj"),
          dense(x, attention + "k_proj"),
          dense(x, attention + "v_proj"));
    }
    Tensor all = linear(x, weight(attention + "qkv"), biasOfQueriesKeysValues(attention));
    int width = config.width();
    return List.of(
        all.narrow(2, 0, width), all.narrow(2, width, width), all.narrow(2, 2L * width, width));
  }

  /** The bias of queries and values; Meta's mask takes that of the keys away, timm has none. */
  private Tensor biasOfQueriesKeysValues(String attention) {
    Optional<Tensor> queries = weights.find(attention + "q_bias");
    if (queries.isPresent()) {
      Tensor none = Tensors.scale(queries.get(), 0);
      return cat(List.of(queries.get(), none, weights.get(attention + "v_bias")), 0);
    }
    Tensor bias = bias(attention + "qkv");
    return bias == null
        ? null
        : weights.find(attention + "qkv.bias_mask").map(bias::mul).orElse(bias);
  }

  /** (N, T, C) -> (N, heads, T, d). */
  private Tensor heads(Tensor x) {
    return x.reshape(x.size(0), x.size(1), config.heads(), config.headWidth()).transpose(1, 2);
  }

  /** What the MLP adds to the residual stream (N, T, C). */
  private Tensor mlpOut(Tensor x, String block) {
    Tensor y = norm(x, block + "norm2");
    return scaled(
        config.gated() ? gatedMlp(y, block + "mlp.") : mlp(y, block + "mlp."), block + "ls2");
  }

  private Tensor gatedMlp(Tensor x, String mlp) {
    if (weights.find(mlp + "w12.weight").isEmpty()) {
      return dense(silu(dense(x, mlp + "w1")).mul(dense(x, mlp + "w2")), mlp + "w3");
    }
    Tensor both = dense(x, mlp + "w12"); // (N, T, 2 hidden)
    int hidden = config.hidden();
    return dense(silu(both.narrow(2, 0, hidden)).mul(both.narrow(2, hidden, hidden)), mlp + "w3");
  }

  private Tensor mlp(Tensor x, String mlp) {
    Tensor active = config.kind().activation().apply(dense(x, mlp + "fc1"));
    return dense(active, mlp + "fc2");
  }

  /** What sums up the last residual stream (N, T, C): (N, C). */
  Tensor pooled(Tensor x) {
    int before = config.tokensBeforePatches();
    return switch (config.kind().pooling()) {
      case CLASS_TOKEN -> normBeforePatches(x.narrow(1, 0, before)).select(1, 0);
      case MEAN -> {
        Tensor patches = x.narrow(1, before, x.size(1) - before);
        yield weights.find("fc_norm.weight").isPresent()
            ? norm(Tensors.mean(patches, 1), "fc_norm")
            : Tensors.mean(norm(patches, "norm"), 1);
      }
      case ATTENTION -> attentionPooled(norm(x, "norm"));
    };
  }

  /** What the learned query finds among the tokens (N, T, C): (N, C). */
  private Tensor attentionPooled(Tensor x) {
    String pool = "attn_pool.";
    Tensor latent = weights.get(pool + "latent").expand(x.size(0), -1, -1); // (N, 1, C)
    int width = config.width();
    List<Tensor> qkv;
    if (weights.find(pool + "qkv.weight").isPresent()) {
      Tensor weight = weight(pool + "qkv");
      Tensor bias = bias(pool + "qkv");
      qkv =
          Stream.of(0, 1, 2)
              .map(
                  i ->
                      linear(
                          i == 0 ? latent : x,
                          weight.narrow(0, (long) i * width, width),
                          bias.narrow(0, (long) i * width, width)))
              .toList();
    } else {
      Tensor kv = dense(x, pool + "kv"); // (N, T, 2 C)
      qkv = List.of(dense(latent, pool + "q"), kv.narrow(2, 0, width), kv.narrow(2, width, width));
    }
    Tensor seen =
        multiHeadAttention(qkv.get(0), qkv.get(1), qkv.get(2), config.heads(), false); // (N, 1, C)
    Tensor y = dense(seen, pool + "proj");
    Tensor normed = weights.find(pool + "norm.weight").isPresent() ? norm(y, pool + "norm") : y;
    return y.add(mlp(normed, pool + "mlp.")).select(1, 0);
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
