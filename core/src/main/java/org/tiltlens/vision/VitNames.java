package org.tiltlens.vision;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.tiltlens.checkpoint.Stem;
import org.tiltlens.checkpoint.TensorStore;

/**
 * How a checkpoint names the tensors of a ViT: as one of several libraries does, with whatever
 * wrapper's prefix before them. Ours are Meta's of DINOv3.
 *
 * <p>Queries, keys and values are one tensor, {@code attn.qkv}, or three, which are ours as {@code
 * attn.q_proj}, {@code attn.k_proj} and {@code attn.v_proj}.
 *
 * @param there every name in the checkpoint
 */
record VitNames(String prefix, Dialect dialect, Set<String> there) {

  /** Whose names they are. */
  enum Dialect {
    /** Meta's DINO, DINOv2 and DINOv3, timm's ViTs, DeiT's and MAE's. */
    META(
        "patch_embed.proj.weight",
        new Rule(
            "^storage_tokens$", "storage_tokens", "register_tokens", "reg_token", "dist_token"),
        new Rule("\\.ls([12])\\.gamma$", ".ls$1.gamma", ".gamma_$1"),
        new Rule("\\.mlp\\.w1\\.", ".mlp.w1.", ".mlp.fc1_g."),
        new Rule("\\.mlp\\.w2\\.", ".mlp.w2.", ".mlp.fc1_x."),
        new Rule("\\.mlp\\.w12\\.", ".mlp.w12.", ".mlp.fc1."),
        new Rule("\\.mlp\\.w3\\.", ".mlp.w3.", ".mlp.fc2.")),

    /** Hugging Face's of DINOv3. */
    DINOV3_HUGGING_FACE(
        "embeddings.patch_embeddings.weight",
        new Rule("^(?=cls_token|storage_tokens|patch_embed\\.)", "embeddings."),
        new Rule("\\.storage_tokens$", ".register_tokens"),
        new Rule("\\.patch_embed\\.proj\\.", ".patch_embeddings."),
        new Rule("^blocks\\.", "layer.", "model.layer."),
        new Rule("\\.attn\\.proj\\.", ".attention.o_proj."),
        new Rule("\\.attn\\.", ".attention."),
        new Rule("\\.ls([12])\\.gamma$", ".layer_scale$1.lambda1"),
        new Rule("\\.mlp\\.w1\\.", ".mlp.gate_proj."),
        new Rule("\\.mlp\\.(fc1|w2)\\.", ".mlp.up_proj."),
        new Rule("\\.mlp\\.(fc2|w3)\\.", ".mlp.down_proj.")),

    /** Hugging Face's of ViT, DeiT, DINOv2 and what was made like them. */
    HUGGING_FACE(
        "embeddings.patch_embeddings.projection.weight",
        new Rule("^cls_token$", "embeddings.cls_token"),
        new Rule("^storage_tokens$", "embeddings.register_tokens", "embeddings.distillation_token"),
        new Rule("^pos_embed$", "embeddings.position_embeddings"),
        new Rule("^patch_embed\\.proj\\.", "embeddings.patch_embeddings.projection."),
        new Rule("^norm\\.", "layernorm."),
        new Rule("^blocks\\.", "encoder.layer."),
        new Rule("\\.norm1\\.", ".norm1.", ".layernorm_before."),
        new Rule("\\.norm2\\.", ".norm2.", ".layernorm_after."),
        new Rule("\\.attn\\.q_proj\\.", ".attention.attention.query."),
        new Rule("\\.attn\\.k_proj\\.", ".attention.attention.key."),
        new Rule("\\.attn\\.v_proj\\.", ".attention.attention.value."),
        new Rule("\\.attn\\.proj\\.", ".attention.output.dense."),
        new Rule("\\.ls([12])\\.gamma$", ".layer_scale$1.lambda1"),
        new Rule("\\.mlp\\.fc1\\.", ".mlp.fc1.", ".intermediate.dense."),
        new Rule("\\.mlp\\.fc2\\.", ".mlp.fc2.", ".output.dense."),
        new Rule("\\.mlp\\.w12\\.", ".mlp.weights_in."),
        new Rule("\\.mlp\\.w3\\.", ".mlp.weights_out.")),

    /** Torchvision's. */
    TORCHVISION(
        "conv_proj.weight",
        new Rule("^cls_token$", "class_token"),
        new Rule("^pos_embed$", "encoder.pos_embedding"),
        new Rule("^patch_embed\\.proj\\.", "conv_proj."),
        new Rule("^norm\\.", "encoder.ln."),
        new Rule("^blocks\\.", "encoder.layers.encoder_layer_"),
        new Rule("\\.norm([12])\\.", ".ln_$1."),
        new Rule("\\.attn\\.qkv\\.", ".self_attention.in_proj_"),
        new Rule("\\.attn\\.proj\\.", ".self_attention.out_proj."),
        new Rule("\\.mlp\\.fc1\\.", ".mlp.0.", ".mlp.linear_1."),
        new Rule("\\.mlp\\.fc2\\.", ".mlp.3.", ".mlp.linear_2.")),

    /** Hugging Face's of the image towers of CLIP and SigLIP. */
    CLIP_HUGGING_FACE(
        "embeddings.patch_embedding.weight",
        new Rule("^cls_token$", "embeddings.class_embedding"),
        new Rule("^pos_embed$", "embeddings.position_embedding.weight"),
        new Rule("^patch_embed\\.proj\\.", "embeddings.patch_embedding."),
        new Rule("^norm_pre\\.", "pre_layrnorm."),
        new Rule("^norm\\.", "post_layernorm."),
        new Rule("^attn_pool\\.latent$", "head.probe"),
        new Rule("^attn_pool\\.qkv\\.", "head.attention.in_proj_"),
        new Rule("^attn_pool\\.proj\\.", "head.attention.out_proj."),
        new Rule("^attn_pool\\.norm\\.", "head.layernorm."),
        new Rule("^attn_pool\\.mlp\\.", "head.mlp."),
        new Rule("^blocks\\.", "encoder.layers."),
        new Rule("\\.norm([12])\\.", ".layer_norm$1."),
        new Rule("\\.attn\\.proj\\.", ".self_attn.out_proj."),
        new Rule("\\.attn\\.", ".self_attn.")),

    /** OpenAI's and OpenCLIP's of the image tower of CLIP. */
    OPEN_CLIP(
        "ln_post.weight",
        new Rule("^cls_token$", "class_embedding"),
        new Rule("^pos_embed$", "positional_embedding"),
        new Rule("^patch_embed\\.proj\\.", "conv1."),
        new Rule("^norm_pre\\.", "ln_pre."),
        new Rule("^norm\\.", "ln_post."),
        new Rule("^blocks\\.", "transformer.resblocks."),
        new Rule("\\.norm([12])\\.", ".ln_$1."),
        new Rule("\\.attn\\.qkv\\.", ".attn.in_proj_"),
        new Rule("\\.attn\\.proj\\.", ".attn.out_proj."),
        new Rule("\\.mlp\\.fc1\\.", ".mlp.c_fc."),
        new Rule("\\.mlp\\.fc2\\.", ".mlp.c_proj."));

    private final String landmark;
    private final List<Rule> rules;

    Dialect(String landmark, Rule... rules) {
      this.landmark = landmark;
      this.rules = List.of(rules);
    }

    /** A tensor that each such network has once. */
    String landmark() {
      return landmark;
    }

    /** Whether positions are stored as (tokens, C) and the class token as (C). */
    boolean flat() {
      return this == CLIP_HUGGING_FACE || this == OPEN_CLIP;
    }

    /** The names that our {@code name} may have, the usual one first. */
    List<String> spellings(String name) {
      List<String> all = List.of(name);
      for (Rule rule : rules) {
        all = all.stream().flatMap(each -> rule.apply(each).stream()).toList();
      }
      return all;
    }
  }

  /** What a part of our names is there. */
  private record Rule(Pattern ours, List<String> theirs) {
    Rule(String ours, String... theirs) {
      this(Pattern.compile(ours), List.of(theirs));
    }

    List<String> apply(String name) {
      if (!ours.matcher(name).find()) {
        return List.of(name);
      }
      List<String> spellings = new ArrayList<>();
      theirs.forEach(each -> spellings.add(ours.matcher(name).replaceFirst(each)));
      return spellings;
    }
  }

  /**
   * Finds what looks like the one ViT in a checkpoint; a teacher wins over its student, a moving
   * average over what it averages.
   *
   * @throws org.tiltlens.checkpoint.CheckpointException if there are several and none is usual
   */
  static Optional<VitNames> in(TensorStore store) {
    Set<String> there = Set.copyOf(store.entries().keySet());
    for (Dialect dialect : Dialect.values()) {
      Optional<VitNames> names =
          Stem.find(store, "ViT", dialect.landmark)
              .map(stem -> new VitNames(stem.prefix(), dialect, there))
              .filter(found -> found.has("blocks.0.norm1.weight"));
      if (names.isPresent()) {
        return names;
      }
    }
    return Optional.empty();
  }

  /** Whether the checkpoint has our tensor {@code name}. */
  boolean has(String name) {
    return there.contains(stored(name));
  }

  /** Whether the checkpoint has a tensor of just this name after the prefix. */
  boolean hasOfTheirs(String name) {
    return there.contains(prefix + name);
  }

  /** The checkpoint's name of our tensor {@code name}. */
  String stored(String name) {
    List<String> spellings = dialect.spellings(name);
    return prefix
        + spellings.stream().filter(this::hasOfTheirs).findFirst().orElse(spellings.get(0));
  }
}
