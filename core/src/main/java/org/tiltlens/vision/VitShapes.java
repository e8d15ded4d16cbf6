package org.tiltlens.vision;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.tiltlens.checkpoint.TensorStore;

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
   * @param present whether there is a tensor of this name of ours
   */
  record Parts(boolean fusedAttention, Predicate<String> present) {
    /** Meta's published networks, with tied norms. */
    static final Parts META = new Parts(true, name -> !name.startsWith("cls_norm."));

    static Parts of(TensorStore store, VitNames names) {
      return new Parts(
          !names.huggingFace(), name -> store.entries().containsKey(names.stored(name)));
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
    shapes.weightAndBias("norm", List.of((long) config.width()));
    if (parts.present.test("cls_norm.weight")) {
      shapes.weightAndBias("cls_norm", List.of((long) config.width()));
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
    shapes.put("cls_token", List.of(1L, 1L, width));
    if (config.storageTokens() > 0) {
      shapes.put("storage_tokens", List.of(1L, (long) config.storageTokens(), width));
    }
    weightAndBias("patch_embed.proj", List.of(width, 3L, patch, patch));
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
    } else {
      linear(name, "attn.q_proj", width, width);
      linear(name, "attn.k_proj", width, width);
      linear(name, "attn.v_proj", width, width);
    }
    linear(name, "attn.proj", width, width);
    optional(name, "ls1.gamma", width);
    weightAndBias(name + "norm2", List.of(width));
    if (config.gated()) {
      linear(name, "mlp.w1", hidden, width);
      linear(name, "mlp.w2", hidden, width);
      linear(name, "mlp.w3", width, hidden);
    } else {
      linear(name, "mlp.fc1", hidden, width);
      linear(name, "mlp.fc2", width, hidden);
    }
    optional(name, "ls2.gamma", width);
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
