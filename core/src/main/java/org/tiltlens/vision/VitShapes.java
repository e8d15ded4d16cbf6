package org.tiltlens.vision;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * The tensors of a ViT by our names, with their shapes.
 *
 * <p>Some ViTs have no bias here or there, no layer scale, or no norm of its own for the class
 * token: what is optional is there in every block if it is in the first.
 */
final class VitShapes {
  /** The rotary embedding's periods. */
  static final String PERIODS = "rope_embed.periods";

  private final VitConfig config;
  private final Parts parts;
  private final Map<String, List<Long>> shapes = new LinkedHashMap<>();

  private VitShapes(VitConfig config, Parts parts) {
    this.config = config;
    this.parts = parts;
  }

  /**
   * What a network has of that in which ViTs differ.
   *
   * @param fusedAttention whether queries, keys and values are one tensor
   * @param flat whether tokens and positions are stored without a dimension for images
   * @param present whether there is a tensor of this name of ours
   */
  record Parts(boolean fusedAttention, boolean flat, Predicate<String> present) {
    private static final Pattern NOT_META =
        Pattern.compile(
            "(cls_norm|norm_pre|fc_norm|attn_pool)\\..*|.*\\.attn\\.[qv]_bias|.*\\.w12\\..*");

    /** Meta's published networks, with tied norms. */
    static final Parts META = new Parts(true, false, name -> !NOT_META.matcher(name).matches());

    static Parts of(VitNames names) {
      return new Parts(names.has("blocks.0.attn.qkv.weight"), names.dialect().flat(), names::has);
    }
  }

  /** Prefix of a block's tensors. */
  static String block(int block) {
    return "blocks." + block + ".";
  }

  /** Every tensor of the network. */
  static Map<String, List<Long>> all(VitConfig config, Parts parts) {
    VitShapes shapes = new VitShapes(config, parts);
    shapes.residualStream(config.depth());
    shapes.norms("norm", "cls_norm", "fc_norm");
    if (config.kind().pooling() == VitKind.Pooling.ATTENTION) {
      shapes.attentionPool();
    }
    return shapes.shapes;
  }

  /** The tensors needed up to a hook point. */
  static Map<String, List<Long>> upTo(VitConfig config, Parts parts, HookPoint last) {
    int block = config.block(last);
    VitShapes shapes = new VitShapes(config, parts);
    shapes.residualStream(last.site() == HookPoint.Site.RESID_PRE ? block : block + 1);
    return shapes.shapes;
  }

  private void residualStream(int blocks) {
    long width = config.width();
    long patch = config.patch();
    if (config.kind().classToken()) {
      shapes.put("cls_token", parts.flat ? List.of(width) : List.of(1L, 1L, width));
    }
    config
        .kind()
        .positions()
        .ifPresent(
            learned -> {
              long count = learned.count();
              shapes.put(
                  "pos_embed", parts.flat ? List.of(count, width) : List.of(1L, count, width));
            });
    if (config.storageTokens() > 0) {
      shapes.put("storage_tokens", List.of(1L, (long) config.storageTokens(), width));
    }
    shapes.put("patch_embed.proj.weight", List.of(width, 3L, patch, patch));
    if (parts.present.test("patch_embed.proj.bias")) {
      shapes.put("patch_embed.proj.bias", List.of(width));
    }
    norms("norm_pre");
    if (parts.present.test(PERIODS)) {
      shapes.put(PERIODS, List.of(config.headWidth() / 4L));
    }
    for (int block = 0; block < blocks; block++) {
      block(block(block), width, config.hidden());
    }
  }

  private void block(String name, long width, long hidden) {
    weightAndBias(name + "norm1", List.of(width));
    if (parts.fusedAttention) {
      linear(name, "attn.qkv", 3 * width, width);
      optional(name, "attn.qkv.bias_mask", 3 * width);
      optional(name, "attn.q_bias", width);
      optional(name, "attn.v_bias", width);
    } else {
      linear(name, "attn.q_proj", width, width);
      linear(name, "attn.k_proj", width, width);
      linear(name, "attn.v_proj", width, width);
    }
    linear(name, "attn.proj", width, width);
    optional(name, "ls1.gamma", width);
    weightAndBias(name + "norm2", List.of(width));
    if (config.gated() && parts.present.test(block(0) + "mlp.w12.weight")) {
      linear(name, "mlp.w12", 2 * hidden, width);
      linear(name, "mlp.w3", width, hidden);
    } else if (config.gated()) {
      linear(name, "mlp.w1", hidden, width);
      linear(name, "mlp.w2", hidden, width);
      linear(name, "mlp.w3", width, hidden);
    } else {
      linear(name, "mlp.fc1", hidden, width);
      linear(name, "mlp.fc2", width, hidden);
    }
    optional(name, "ls2.gamma", width);
  }

  /** Those of these norms over a token's channels that there are. */
  private void norms(String... names) {
    for (String name : names) {
      if (parts.present.test(name + ".weight")) {
        weightAndBias(name, List.of((long) config.width()));
      }
    }
  }

  private void attentionPool() {
    long width = config.width();
    shapes.put("attn_pool.latent", List.of(1L, 1L, width));
    if (parts.present.test("attn_pool.qkv.weight")) {
      weightAndBias("attn_pool.qkv", List.of(3 * width, width));
    } else {
      weightAndBias("attn_pool.q", List.of(width, width));
      weightAndBias("attn_pool.kv", List.of(2 * width, width));
    }
    weightAndBias("attn_pool.proj", List.of(width, width));
    norms("attn_pool.norm");
    weightAndBias("attn_pool.mlp.fc1", List.of((long) config.hidden(), width));
    weightAndBias("attn_pool.mlp.fc2", List.of(width, (long) config.hidden()));
  }

  private void linear(String block, String name, long out, long in) {
    shapes.put(block + name + ".weight", List.of(out, in));
    optional(block, name + ".bias", out);
  }

  /** A vector that a block has if the first block has it. */
  private void optional(String block, String name, long size) {
    if (parts.present.test(block(0) + name)) {
      shapes.put(block + name, List.of(size));
    }
  }

  private void weightAndBias(String name, List<Long> shape) {
    shapes.put(name + ".weight", shape);
    shapes.put(name + ".bias", List.of(shape.get(0)));
  }
}
