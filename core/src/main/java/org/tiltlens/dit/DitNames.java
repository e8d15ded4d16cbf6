package org.tiltlens.dit;

import java.util.List;
import java.util.Map;
import org.tiltlens.checkpoint.Parts;
import org.tiltlens.checkpoint.TensorStore;

/**
 * How a checkpoint names the tensors of a diffusion transformer: as facebookresearch/DiT does,
 * whose names are ours too, or as {@code DiTTransformer2DModel} of diffusers.
 */
enum DitNames {
  DIT,
  /**
   * As diffusers' conversion writes them: every block embeds timestep and class for itself,
   * queries, keys and values are apart, and positions are not stored.
   */
  DIFFUSERS;

  /** A tensor that every such network has once, by each kind of name. */
  private static final String MARK = "blocks.0.adaLN_modulation.1.weight";

  private static final String DIFFUSERS_MARK =
      "transformer_blocks.0.norm1.emb.class_embedder.embedding_table.weight";

  private static final Map<String, String> LAYERS =
      Map.ofEntries(
          Map.entry("x_embedder.proj", "pos_embed.proj"),
          Map.entry("final_layer.adaLN_modulation.1", "proj_out_1"),
          Map.entry("final_layer.linear", "proj_out_2"));

  private static final Map<String, String> OF_BLOCKS =
      Map.ofEntries(
          Map.entry("t_embedder.mlp.0", "norm1.emb.timestep_embedder.linear_1"),
          Map.entry("t_embedder.mlp.2", "norm1.emb.timestep_embedder.linear_2"),
          Map.entry("y_embedder.embedding_table", "norm1.emb.class_embedder.embedding_table"),
          Map.entry("adaLN_modulation.1", "norm1.linear"),
          Map.entry("attn.q", "attn1.to_q"),
          Map.entry("attn.k", "attn1.to_k"),
          Map.entry("attn.v", "attn1.to_v"),
          Map.entry("attn.proj", "attn1.to_out.0"),
          Map.entry("mlp.fc1", "ff.net.0.proj"),
          Map.entry("mlp.fc2", "ff.net.2"));

  static Parts parts(TensorStore store) {
    return Parts.of(store, MARK, DIFFUSERS_MARK);
  }

  /**
   * The names in a network's tensors.
   *
   * @param network without what stands before the names
   */
  static DitNames of(TensorStore network) {
    return network.entries().containsKey(DIFFUSERS_MARK) ? DIFFUSERS : DIT;
  }

  /** What stands before the embedders that tell a block timestep and class. */
  String embedders(String block) {
    return this == DIFFUSERS ? block : "";
  }

  /** The layers of attention before it, in each block. */
  List<String> attention() {
    return this == DIFFUSERS ? List.of("attn.q", "attn.k", "attn.v") : List.of("attn.qkv");
  }

  /** The checkpoint's name of a tensor of ours. */
  String stored(String ours) {
    if (this == DIT) {
      return ours;
    }
    int last = ours.lastIndexOf('.');
    String layer = ours.substring(0, Math.max(0, last));
    String kind = ours.substring(Math.max(0, last));
    if (!layer.startsWith("blocks.")) {
      return LAYERS.getOrDefault(layer, layer) + kind;
    }
    int dot = layer.indexOf('.', "blocks.".length());
    return "transformer_"
        + layer.substring(0, dot + 1)
        + OF_BLOCKS.get(layer.substring(dot + 1))
        + kind;
  }
}
