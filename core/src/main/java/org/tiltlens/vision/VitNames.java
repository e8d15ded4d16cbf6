package org.tiltlens.vision;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.tiltlens.checkpoint.TensorStore;

/**
 * How a checkpoint names the tensors of a DINOv3 ViT: Meta's names, which are ours, or Hugging
 * Face's, with whatever wrapper's prefix before them.
 *
 * <p>Meta keeps queries, keys and values in one tensor, {@code attn.qkv}; Hugging Face in three,
 * which are ours as {@code attn.q_proj}, {@code attn.k_proj} and {@code attn.v_proj}.
 */
record VitNames(String prefix, boolean huggingFace) {
  static final String META_STEM = "patch_embed.proj.weight";
  static final String HUGGING_FACE_STEM = "embeddings.patch_embeddings.weight";

  /** What other ViTs have. */
  private static final List<String> LEARNED_POSITIONS =
      List.of("pos_embed", "embeddings.position_embeddings");

  /** What no other ViT has, by our names; Hugging Face's have a name of their own for queries. */
  private static final List<String> ONLY_DINOV3 =
      List.of(VitShapes.PERIODS, "blocks.0.attn.qkv.bias_mask", "blocks.0.attn.q_proj.weight");

  /**
   * Finds the network in a checkpoint by its stem; a teacher wins over its student, a moving
   * average over what it averages.
   *
   * @throws org.tiltlens.checkpoint.CheckpointException if there are several and none is usual
   */
  static Optional<VitNames> in(TensorStore store) {
    return Stem.find(store, "ViT", META_STEM, HUGGING_FACE_STEM)
        .map(stem -> new VitNames(stem.prefix(), stem.name().equals(HUGGING_FACE_STEM)))
        .filter(names -> names.areOf(store));
  }

  /** Whether positions enter as in DINOv3: a ViT without any would be run as it never was. */
  private boolean areOf(TensorStore store) {
    Set<String> there = store.entries().keySet();
    return LEARNED_POSITIONS.stream().noneMatch(name -> there.contains(prefix + name))
        && ONLY_DINOV3.stream().anyMatch(name -> there.contains(stored(name)));
  }

  /** The checkpoint's name of our tensor {@code name}. */
  String stored(String name) {
    return prefix + (huggingFace ? toHuggingFace(name) : name);
  }

  private static String toHuggingFace(String name) {
    return name.replaceFirst("^(?=cls_token|storage_tokens|patch_embed\\.)", "embeddings.")
        .replaceFirst("\\.storage_tokens$", ".register_tokens")
        .replaceFirst("\\.patch_embed\\.proj\\.", ".patch_embeddings.")
        .replaceFirst("^blocks\\.", "layer.")
        .replaceFirst("\\.attn\\.proj\\.", ".attention.o_proj.")
        .replaceFirst("\\.attn\\.", ".attention.")
        .replaceFirst("\\.ls([12])\\.gamma$", ".layer_scale$1.lambda1")
        .replaceFirst("\\.mlp\\.w1\\.", ".mlp.gate_proj.")
        .replaceFirst("\\.mlp\\.(fc1|w2)\\.", ".mlp.up_proj.")
        .replaceFirst("\\.mlp\\.(fc2|w3)\\.", ".mlp.down_proj.");
  }
}
